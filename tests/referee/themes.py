"""What is compared with R: each theme's script, packages, questions, our answers, and how near they must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from referee import count_numbers, group_numbers, survival_numbers
from referee.asking import Answers, ask, distance

SIX_DIGITS = 1e-6
GIVEN = "/balance/weights"


@dataclass(frozen=True)
class Theme:
    """One batch: R is asked once, and every number it gives is compared with ours."""

    name: str
    script: str
    packages: tuple[str, ...]
    question: Callable[[], dict[str, object]]
    ours: Callable[[Answers], Answers]


@dataclass(frozen=True)
class Kind:
    """One kind of number, told by the keys that hold one of its words, with R's functions and what is tolerated."""

    theme: str
    name: str
    functions: str
    words: tuple[str, ...]
    tolerance: float = SIX_DIGITS
    reason: str = ""


THEMES = {
    theme.name: theme
    for theme in (
        Theme(
            "survival", "survival.R", ("survival",), survival_numbers.question, lambda _: survival_numbers.survival()
        ),
        Theme("cox", "cox.R", ("survival",), survival_numbers.question, lambda _: survival_numbers.models()),
        Theme(
            "competing",
            "competing.R",
            ("survival", "cmprsk"),
            survival_numbers.competing_question,
            lambda _: survival_numbers.competing(),
        ),
        Theme("groups", "groups.R", ("pROC", "MatchIt", "brglm2"), group_numbers.question, group_numbers.groups),
        Theme("counts", "counts.R", ("metafor",), count_numbers.question, lambda _: count_numbers.counts()),
    )
}

ROUGH = "R's fisher.test ends its search for the odds ratio and its limits at a tolerance of 1e-4; see the row above"

# The first kind whose word is in a key has it; every key must belong to one.
KINDS = (
    Kind("survival", "Kaplan-Meier weighted, robust log-log limits", "survfit(weights, robust)", ("/weighted/",)),
    Kind("survival", "Kaplan-Meier medians with limits", "quantile(survfit)", ("/median",)),
    Kind("survival", "Kaplan-Meier with log, log-log, and plain limits", "survfit", ("/surv", "/lower", "/upper")),
    Kind("survival", "Kaplan-Meier standard errors and counts", "survfit", ("/std_error", "/counts")),
    Kind("survival", "Kaplan-Meier with delayed entry", "survfit(Surv(start, stop, event))", ("/delayed entry",)),
    Kind("survival", "Kaplan-Meier from a landmark", "survfit", ("/landmark",)),
    Kind("survival", "Log-rank, Peto-Peto, stratified log-rank", "survdiff", ("/log_rank",)),
    Kind("survival", "Restricted mean survival time", "survfit(rmean)", ("/rmst",)),
    Kind("cox", "Test of proportional hazards", "cox.zph", ("/zph",)),
    Kind("cox", "Cox with covariates that change", "coxph(Surv(start, stop, event))", ("/in time",)),
    Kind("cox", "Cox weighted, robust errors", "coxph(weights, robust)", ("/weighted",)),
    Kind("cox", "Cox stratified", "coxph(strata)", ("/stratified",)),
    Kind("cox", "Cox with clusters", "coxph(cluster)", ("/clustered",)),
    Kind("cox", "Cox, Efron's ties", 'coxph(ties = "efron")', ("/efron",)),
    Kind("cox", "Cox, Breslow's ties", 'coxph(ties = "breslow")', ("/breslow",)),
    Kind("competing", "Fine-Gray", "cmprsk::crr", ("/fine_gray",)),
    Kind("competing", "Gray's test, plain and stratified", "cmprsk::cuminc", ("/gray",)),
    Kind("competing", "Aalen-Johansen with variance", "cmprsk::cuminc", ("/incidence", "/variance")),
    Kind("competing", "Aalen-Johansen by another package", "survfit(factor)", ("/state",)),
    Kind("groups", "ROC curve, area with DeLong's interval", "pROC::roc, ci.auc", ("/roc/auc", "/roc/points")),
    Kind("groups", "Two areas compared, paired and unpaired", "pROC::roc.test", ("/roc/paired", "/roc/unpaired")),
    Kind("groups", "Youden's cut-off", "pROC::coords", ("/roc/youden",)),
    Kind("groups", "Propensity score", "glm", ("/score",)),
    Kind("groups", "Effective sample size of weights", "by formula", ("/ess",)),
    Kind("groups", "Weighted difference, robust error", "lm(weights), sandwich by hand", ("/difference",)),
    Kind("groups", "Weighted difference, M-estimation", "stacked equations, numeric derivative", ("/m-estimation",)),
    Kind("groups", "Balance before and after matching", "MatchIt::summary", ("/balance",)),
    Kind("groups", "Firth logistic: estimates", 'brglm2 (type = "AS_mean")', ("/firth_logistic/coef",)),
    Kind("groups", "Firth logistic: profile limits, tests", "penalised likelihood, optim", ("/firth_logistic",)),
    Kind("groups", "Firth Cox: estimates, profile limits, tests", "penalised likelihood, optim", ("/firth_cox",)),
    Kind("counts", "Fisher's odds ratio as R prints it", "fisher.test", ("odds roughly",), 2e-3, ROUGH),
    Kind("counts", "Fisher's test, conditional odds ratio and limits", "fisher.test, uniroot", ("/fisher",)),
    Kind(
        "counts",
        "Chi-square with and without correction, trend",
        "chisq.test, prop.trend.test",
        ("/chi-square", "trend"),
    ),
    Kind("counts", "Wilson and exact intervals", "prop.test, binom.test", ("/wilson", "/exact\0")),
    Kind("counts", "Newcombe's difference", "from prop.test", ("/newcombe",)),
    Kind("counts", "McNemar and sign test", "mcnemar.test, binom.test", ("/mcnemar",)),
    Kind(
        "counts",
        "Rank tests: Mann-Whitney, signed rank, Kruskal",
        "wilcox.test, kruskal.test",
        ("/mann", "/signed", "/krus"),
    ),
    Kind("counts", "Means, quartiles, t tests", "t.test, quantile", ("/t tests", "/summary")),
    Kind("counts", "Effects of studies", "metafor::escalc", ("/effects", "/logit")),
    Kind("counts", "Pooled effects: fixed, DL, REML", "metafor::rma", ("/FE\0", "/DL\0", "/REML\0")),
    Kind("counts", "Pooled effects after Hartung and Knapp", 'metafor::rma(test = "knha")', ("/hksj",)),
    Kind("counts", "Heterogeneity: Q, I2, H2, tau2 limits", "metafor::rma, confint", ("/heterogeneity", "/tau2")),
    Kind("counts", "Prediction intervals", "metafor::predict", ("/prediction",)),
    Kind("counts", "Egger's test", "metafor::regtest", ("/egger",)),
    Kind("counts", "Sample size, power, detectable share", "power.prop.test", ("/normal", "/detectable")),
    Kind("counts", "Exact power", "every outcome, fisher.test and chisq.test", ("/exact fisher", "/exact chi")),
    Kind("counts", "Events for a log-rank test", "Schoenfeld's formula", ("/schoenfeld",)),
    Kind("counts", "Imputed estimates pooled", "Barnard and Rubin's formula", ("rubin",)),
)


@dataclass(frozen=True)
class Compared:
    """One list of numbers of one kind: ours, R's, and the largest relative difference."""

    key: str
    kind: Kind
    ours: list[float | None]
    theirs: list[float | None]
    worst: float


def kind_of(theme: str, key: str) -> Kind:
    """The kind of number that a key holds; a word that ends in a null must end the key."""
    return next(kind for kind in KINDS if kind.theme == theme and any(word in f"{key}\0" for word in kind.words))


@cache
def compared(name: str) -> tuple[Compared, ...]:
    """Every number of a theme beside R's; refuses answers that only one side gives."""
    theme = THEMES[name]
    theirs = ask(theme.script, theme.question())
    ours = theme.ours(theirs)
    # The weights of matched patients are R's to give, not ours to answer.
    theirs = {key: numbers for key, numbers in theirs.items() if not key.endswith(GIVEN)}
    if set(ours) != set(theirs):
        raise AssertionError(f"answered by one side only: {sorted(set(ours) ^ set(theirs))}")
    found = []
    for key in sorted(theirs):
        if len(ours[key]) != len(theirs[key]):
            raise AssertionError(f"{key}: {len(ours[key])} numbers, R gives {len(theirs[key])}")
        worst = max(distance(mine, other) for mine, other in zip(ours[key], theirs[key], strict=True))
        found.append(Compared(key, kind_of(name, key), ours[key], theirs[key], worst))
    return tuple(found)
