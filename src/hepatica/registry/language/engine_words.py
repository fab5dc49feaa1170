"""The fixed words and the sentences of the engine that the pages show, for the catalogues.

The engine speaks English; what of it is fixed is translated here, word by word and sentence by sentence. What is not
in these lists (rules, evidence, pictures) is clinical content with a source: it appears in the source's language.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hepatica.course.protocol import protocol, protocol_files
from hepatica.evidence.recomputation import VERDICT_WORDS
from hepatica.guidance.advice import NOTICE
from hepatica.guidance.advice_text import EFFECT_WORDS, LEVEL_WORDS
from hepatica.guidance.files import own_file
from hepatica.guidance.protocols import questions
from hepatica.record.tables import TABLES
from hepatica.report.treatment_rows import LINE_WORDS
from hepatica.vocabulary import drugs

CONTEXT: Final = "engine"
# Words of the course: states, answers, reasons, milestones.
COURSE: Final = (
    " and ", "yes", "no", "unknown", "none", "never", "now", "nothing", "normal", "abnormal", "not recorded",
    "achieved", "not achieved", "not assessable", "not applicable", "pending", "response", "non response",
    "not reached so far", "not reached", "sex unknown", "no immunosuppressant", "dose unknown", "weight unknown",
    "index date", "CBR", "IgG", "response at 4 weeks", "loss of CBR", "relapse", "histological remission",
    "thiopurine metabolites", "cirrhosis", "decompensation", "decompensated", "hepatocellular carcinoma",
    "liver transplant", "death", "lost to follow-up", "last seen", "pregnant", "pregnancy", "not known",
    "no results in the window", "igg missing", "IgG missing", "alt missing", "ALT missing", "alt and igg missing",
    "ALT and IgG missing", "alt and igg not together", "ALT and IgG not together", "value undecided",
    "no result in the window", "no baseline",
    "died before the end of the window", "transplanted before the end of the window",
    "undetectable", "target", "high tgn", "low low", "low high", "target high mmp",
    "no TGN was measured", "no TGN at steady state on a thiopurine", "no MMP of the same unit near the TGN",
    "the TGN is censored across a threshold", "the MMP is censored across a threshold",
    "the ratio of MMP to TGN is censored across a threshold",
    "a second evaluation", "a change of immunosuppression", "no line (companions only)",
    "local", "other drug",
    "ALT or AST", "a result of ALT", "a result of IgG",
)  # fmt: skip
# What stands in tables and above pictures of the report that the pages show.
REPORT: Final = (
    "What is needed", "nothing is on the work list.", "Nothing is recorded.", "By", "Why", "Kind", "From",
    "safety", "endpoint", "overdue", "retrieve", "patients", "with an index date",
    "no pseudonym", "no such patient here", "is here already, and says otherwise",
    "In, out, and unknown at each step", "Step", "In", "The others", "out",
    "Regimens today, the most frequent", "Regimen", "Patients", "Lines of therapy", "Line", "Patients ever",
    "Patients now", "Question", "The protocol says", "So", "Otherwise", "Unknown", "Does not arise",
    "Of those known", "From all patients to response", "Response over time", "Results by month", "A few courses",
    "Survival without a transplant", "All patients", "With an index date", "Assessable", "CBR not achieved",
    "no immunosuppressant for AIH", "same", "different",
    "Blue: in. Orange: out. Grey: unknown.", "A patient counts once in each line that they ever were on.",
    ("Per cent of the patients followed to the month's end who had a result with a limit in that month; "
    "framed: the months that decide the endpoint."),
    "Kaplan-Meier from the index date to death or transplant, with 95 % intervals; ticks: follow-up ends.",
)  # fmt: skip
# What a protocol answers, and what recorded practice is asked beside it.
PRACTICE: Final = (
    "routine", "not routine", "available", "not available", "restricted", "by risk factor", "steroid alone",
    "steroid and azathioprine", "steroid and mycophenolate", "budesonide and azathioprine", "calcineurin inhibitor",
    "first line without cirrhosis", "another, which was not published", "low antibodies", "all centres",
    "Was TPMT known before azathioprine?", "Was NUDT15 known before azathioprine?",
    "Was the first line the protocol's?", "Was the second line the protocol's?", "Was the third line the protocol's?",
    "Was the first dose of predniso(lo)ne in its range?", "Was the first steroid down by the end of the taper?",
    "Is a steroid taken for longer down to the taper's dose?",
    "Is a proton pump inhibitor taken with the steroid?", "Was 6-TGN measured on the thiopurine?",
    "Is monitoring up to date?",
)  # fmt: skip
# The acts of the audit, whose entries are sealed as they were written.
AUDIT: Final = (
    "insert", "update", "delete", "read", "refused", "hidden", "export", "erase", "sign-in", "sign-out",
    "sign-in failed", "code refused", "password set", "second factor set up", "second factor removed",
)  # fmt: skip
# Sentences with what changes in them. What a name begins with says how its part is read: `day` a date, `number` a
# number, `code` a short sign (ALT), `name` as it was written, `drugs` drugs; any other is itself of these words.
SENTENCES: Final = (
    # the work list
    "monitoring: %(what)s",
    "CBR by %(window)s becomes not assessable without it",
    "CBR by %(window)s becomes not assessable without it (%(what)s already there)",
    "CBR by %(window)s is not assessable: %(reason)s",
    "%(number)s months",
    "%(number)s days",
    "%(number)s day",
    # milestones
    "regimen %(number)s",
    "in CBR on %(day)s",
    "CBR by %(window)s",
    "overdue: %(what)s",
    "on %(day)s",
    "line %(number)s",
    "judged on %(day)s",
    "transaminases %(status)s",
    "IgG %(status)s",
    "at diagnosis: %(status)s",
    "due %(day)s; last %(day_last)s",
    "latest TGN at steady state, %(day)s",
    "%(drugs)s, %(day)s to %(day_last)s",
    "%(status)s, first seen %(day)s",
    "fell by %(number)s; a fall of at least %(number_least)s is a response",
    "fell by at least %(number)s; a fall of at least %(number_least)s is a response",
    "fell by at most %(number)s; a fall of at least %(number_least)s is a response",
    "rose by %(number)s; a fall of at least %(number_least)s is a response",
    "rose by at least %(number)s; a fall of at least %(number_least)s is a response",
    "a fall of at least %(number_least)s is a response",
    "the baseline is not above the upper limit",
    "HAI below %(number)s of 18 is remission",
    "confirmed by %(what)s",
    "%(code)s above the relapse limit",
    "start of the first systemic immunosuppressant for AIH",
    "no evaluation with normal transaminases and IgG together",
    "no confirmed evaluation out of CBR since",
    "no result above the relapse limit since",
    "CBR was not reached",
    "no biopsy is recorded",
    "a biopsy with its HAI",
    "the HAI of the latest biopsy",
    "a staged biopsy, or the event cirrhosis",
    "the protocol has no thresholds for %(name)s",
    "the thresholds do not hold on tioguanine",
    "TGN and MMP at least %(number)s days after the last dose change",
    "no systemic immunosuppressant for AIH is recorded; the response is not applicable",
    "the first immunosuppressant with its start, if there was one",
    "an ALT (else AST) between %(day)s and %(day_last)s",
    "a baseline between %(day)s and %(day_last)s, and the same enzyme between %(day_from)s and %(day_to)s",
    "%(what)s within %(number)s days of each other between %(day)s and %(day_last)s",
    "%(what)s of the last %(number)s days before %(day)s, uncensored and with a limit",
    # where the patient stands
    "Who: %(parts)s.",
    "%(sex)s, age %(number)s years",
    "%(sex)s, age unknown",
    "%(sex)s, died on %(day)s aged %(number)s years",
    "%(sex)s, died on %(day)s, age unknown",
    "AIH type %(type)s",
    "variant syndrome %(variant)s",
    "diagnosis %(day)s",
    "centre %(name)s",
    "Liver transplant on %(day)s: the course of the native liver ends there.",
    "Treatment: no immunosuppressant for AIH is recorded; the response is not applicable.",
    "Treatment: for AIH from %(day)s; the last regimens stand in the table below.",
    "Treatment: %(parts)s.",
    "on no immunosuppressant for AIH",
    "on no immunosuppressant for AIH for %(span)s",
    "last stopped %(drugs)s, reason %(reason)s",
    "treated since %(day)s (%(span)s)",
    "%(drugs)s, %(line)s, since %(day)s (%(span)s)",
    "%(number)sth line",
    "Doses: %(doses)s.",
    "Besides: %(doses)s.",
    "%(drugs)s dose unknown",
    "%(drugs)s dose unknown (weight unknown)",
    "%(drugs)s %(number)s mg/kg",
    "%(drugs)s %(number)s mg/day",
    "%(drugs)s %(number)s mg/day (weight unknown)",
    "%(drugs)s %(number)s mg/day (%(number_by_weight)s mg/kg/day)",
    "%(drugs)s %(number)s mg/day (%(number_equivalent)s mg/day as prednisolone)",
    "Complete biochemical response (CBR) by %(window)s: %(answer)s, not reached so far.",
    "Complete biochemical response (CBR) by %(window)s: %(answer)s (%(reason)s), not reached so far.",
    "Complete biochemical response (CBR) by %(window)s: %(answer)s, first reached on %(day)s.",
    "Complete biochemical response (CBR) by %(window)s: %(answer)s (%(reason)s), first reached on %(day)s.",
    "Response at 4 weeks: %(answer)s.",
    "Response at 4 weeks: %(answer)s (%(reason)s).",
    "In CBR on %(day)s: %(answer)s.",
    "In CBR on %(day)s: unknown, last known on %(day_known)s: %(answer)s.",
    "In CBR for %(number)s of the %(span)s with a known status.",
    "Since then: %(parts)s.",
    "CBR lost on %(day)s",
    "relapse on %(day)s",
    "Latest results: %(parts)s.",
    "%(code)s unknown",
    "%(code)s %(number)s ×ULN on %(day)s",
    "%(code)s unknown on %(day)s",
    "Thiopurine metabolites: %(pattern)s.",
    "Thiopurine metabolites: %(pattern)s (%(reason)s).",
    "Thiopurine metabolites on %(day)s: %(levels)s; pattern %(pattern)s.",
    "Thiopurine metabolites on %(day)s: %(levels)s; pattern %(pattern)s (%(reason)s).",
    "6-TGN %(number_tgn)s",
    "6-MMP %(number_mmp)s %(name)s",
    "Liver: cirrhosis %(cirrhosis)s; histological remission %(remission)s; latest HAI %(number)s.",
    "Mind: %(parts)s.",
    # what is missing
    "Missing for the response now: %(what)s.",
    "Overdue: %(parts)s.",
    "%(analytes)s: %(others)s",
    "No ALT, AST, or IgG result that can be held against a limit is recorded.",
    "No start of an immunosuppressant for AIH is recorded.",
    "%(number)s result of ALT, AST, or IgG without an upper limit of normal: not judged.",
    "%(number)s results of ALT, AST, or IgG without an upper limit of normal: not judged.",
    "No %(code)s for more than %(number)s days: %(times)s; longest %(day)s to %(day_last)s (%(span)s).",
    "%(number)s time",
    "%(number)s times, %(span)s in all",
    "%(code)s within %(number)s days",
    "a result that decides (the latest is censored or has no upper limit)",
    # what an upload or a study is refused for
    "the upload: is larger than %(number)s MB",
    "send it in parts, or as a zip",
    "the zip: cannot be unpacked: it is damaged or encrypted",
    "the zip: holds more than %(number)s files",
    "the upload: holds none of the six tables",
    "%(name)s: is in the zip twice",
    "keep one of them",
    "the zip: unpacks to more than %(number)s MB",
    "send the tables as %(name)s, or a zip of them",
    "fewer than %(number)s patients agreed to this purpose",
    "choose another purpose",
    # what a protocol asks
    "Is %(code)s up to date?",
    "normal %(code)s",
    "by %(window)s",
    "every %(number)s days",
    "every %(number)s days until day %(number_last)s",
    "then every %(number)s days",
    "then every %(number)s days until day %(number_last)s",
    "%(number)s days of grace",
    "a fall of less than %(number)s within %(number_days)s days",
    # the cohort
    "A status counts for %(number)s days, then the patient is unknown. n: patients still followed.",
    "assessable (%(number)s of those due)",
    "CBR by %(window)s (%(number)s of the assessable)",
    "%(number)s of %(number_all)s",
    "%(window)s passed, or answered",
    "%(window)s not over",
    "Recorded practice beside the protocol: %(name)s",
)  # fmt: skip


def fixed_words() -> Iterator[str]:
    """Yield every word and sentence of the engine that is translated, some more than once."""
    yield from (*COURSE, *REPORT, *PRACTICE, *AUDIT, *SENTENCES, NOTICE)
    for table in TABLES.values():
        yield table.name
        for column in table.columns:
            yield from (choice.replace("_", " ") for choice in column.choices)
    yield from (*VERDICT_WORDS.values(), *LEVEL_WORDS.values(), *EFFECT_WORDS.values(), *LEVEL_WORDS, *EFFECT_WORDS)
    yield from (words for words in LINE_WORDS.values())
    yield from (told["title"] for told in own_file("questions.yaml")["questions"].values())
    yield from (one.asks for one in questions().values())
    yield from (item.what for name in protocol_files() for item in protocol(name).monitoring)
    yield from (code for name in protocol_files() for item in protocol(name).monitoring for code in item.analytes)
    yield from (item.name.replace("_", " ") for name in protocol_files() for item in protocol(name).monitoring)
    yield from (name for name, drug in drugs().items() if drug.immunosuppressant or drug.companion)
