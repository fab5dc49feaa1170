folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "asked.R"))
suppressPackageStartupMessages(library(metafor))
# Two-by-two tables
for (name in names(question$tables)) {
  t <- question$tables[[name]]
  m <- rbind(c(t[1], t[2] - t[1]), c(t[3], t[4] - t[3]))
  fisher <- fisher.test(m)
  say(paste(name, "fisher p", sep = "/"), fisher$p.value)
  # fisher.test stops its search for the odds ratio at 1e-4; here the same equations are solved to the end.
  n1 <- t[2]; n2 <- t[4]; k <- t[1] + t[3]; x <- max(0, k - n2):min(n1, k)
  d <- function(l) { w <- dhyper(x, n1, n2, k, log = TRUE) + x * l; w <- exp(w - max(w)); w / sum(w) }
  root <- function(f) exp(uniroot(f, c(-50, 50), tol = 1e-14)$root)
  odds <- if (t[1] == min(x)) 0 else if (t[1] == max(x)) Inf else root(function(l) sum(x * d(l)) - t[1])
  low <- if (t[1] == min(x)) 0 else root(function(l) sum(d(l)[x >= t[1]]) - 0.025)
  high <- if (t[1] == max(x)) Inf else root(function(l) sum(d(l)[x <= t[1]]) - 0.025)
  say(paste(name, "fisher odds", sep = "/"), c(odds, low, high))
  say(paste(name, "fisher odds roughly", sep = "/"), c(fisher$estimate, fisher$conf.int))
  for (yates in c(FALSE, TRUE)) {
    test <- suppressWarnings(chisq.test(m, correct = yates))
    say(paste(name, "chi-square", yates, sep = "/"), c(test$statistic, test$p.value))
  }
  one <- suppressWarnings(prop.test(t[1], t[2], correct = FALSE)$conf.int)
  other <- suppressWarnings(prop.test(t[3], t[4], correct = FALSE)$conf.int)
  p <- c(t[1] / t[2], t[3] / t[4])
  say(paste(name, "wilson", sep = "/"), c(one, other))
  say(paste(name, "exact", sep = "/"), c(binom.test(t[1], t[2])$conf.int, binom.test(t[3], t[4])$conf.int))
  say(paste(name, "newcombe", sep = "/"), c(p[1] - p[2] - sqrt((p[1] - one[1])^2 + (other[2] - p[2])^2),
                                            p[1] - p[2] + sqrt((one[2] - p[1])^2 + (p[2] - other[1])^2)))
  if (t[1] + t[3] > 0) say(paste(name, "mcnemar", sep = "/"), c(mcnemar.test(matrix(c(9, t[1], t[3], 9), 2))$p.value, binom.test(t[1], t[1] + t[3])$p.value))
}
# Ranks, pairs, several groups
for (name in names(question$samples)) {
  s <- question$samples[[name]]
  told <- function(test) c(test$statistic, test$p.value)
  quiet <- suppressWarnings
  say(paste(name, "mann-whitney", sep = "/"), told(quiet(wilcox.test(s$first, s$second))))
  say(paste(name, "signed rank", sep = "/"), told(quiet(wilcox.test(s$after, s$before, paired = TRUE))))
  say(paste(name, "kruskal", sep = "/"), told(kruskal.test(s$values, factor(s$group))))
  welch <- t.test(s$first, s$second); pairs <- t.test(s$after, s$before, paired = TRUE)
  say(paste(name, "t tests", sep = "/"), c(welch$statistic, welch$parameter, welch$p.value, welch$conf.int,
                                           pairs$statistic, pairs$parameter, pairs$p.value, pairs$conf.int))
  say(paste(name, "summary", sep = "/"), c(mean(s$first), sd(s$first), t.test(s$first)$conf.int, quantile(s$first)))
}
trend <- question$trend
test <- prop.trend.test(trend$events, trend$of)
say("trend", c(test$statistic, test$p.value))
# Pooling
exactly <- list(threshold = 1e-15, maxiter = 10000, tau2.max = 1000, tol = 1e-14)
for (name in names(question$studies)) {
  s <- question$studies[[name]]
  for (measure in c("OR", "RR", "RD")) {
    e <- escalc(measure, ai = s$events, n1i = s$of, ci = s$control_events, n2i = s$control_of)
    say(paste(name, measure, "effects", sep = "/"), c(e$yi, e$vi))
    for (method in c("FE", "DL", "REML")) {
      fit <- rma(yi, vi, data = e, method = method, control = exactly[1:2])
      say(paste(name, measure, method, sep = "/"), c(fit$b, fit$se, fit$ci.lb, fit$ci.ub, fit$pval, fit$tau2))
      if (method == "FE") next
      say(paste(name, measure, method, "heterogeneity", sep = "/"), c(fit$QE, fit$QEp, fit$I2 / 100, fit$H2))
      say(paste(name, measure, method, "tau2 limits", sep = "/"), confint(fit, control = exactly[3:4])$random["tau^2", 2:3])
      p <- predict(fit); say(paste(name, measure, method, "prediction", sep = "/"), c(p$pi.lb, p$pi.ub))
      fit <- rma(yi, vi, data = e, method = method, test = "knha", control = exactly[1:2])
      p <- predict(fit)
      say(paste(name, measure, method, "hksj", sep = "/"), c(fit$se, fit$ci.lb, fit$ci.ub, fit$pval, p$pi.lb, p$pi.ub))
    }
    bias <- regtest(e$yi, e$vi, model = "lm", predictor = "sei")
    say(paste(name, measure, "egger", sep = "/"), c(bias$zval, bias$pval, bias$est))
  }
  e <- escalc("PLO", xi = s$events, ni = s$of)
  say(paste(name, "logit", sep = "/"), c(e$yi, e$vi))
}
# Sample size and power
for (name in names(question$designs)) {
  g <- question$designs[[name]]
  p1 <- g[1]; p2 <- g[2]; n <- g[3]
  say(paste(name, "normal size", sep = "/"), power.prop.test(p1 = p1, p2 = p2, power = 0.8, tol = 1e-12)$n)
  say(paste(name, "normal power", sep = "/"), power.prop.test(n = n, p1 = p1, p2 = p2)$power)
  wide <- power.prop.test(n = n, p1 = p2, p2 = NULL, power = 0.8, tol = 1e-14)$p2
  say(paste(name, "detectable", sep = "/"), wide)
  each <- function(decide) {
    reject <- outer(0:n, 0:n, Vectorize(function(x, y) decide(matrix(c(x, n - x, y, n - y), 2))))
    sum(outer(dbinom(0:n, n, p1), dbinom(0:n, n, p2)) * reject)
  }
  say(paste(name, "exact fisher", sep = "/"), each(function(m) fisher.test(m)$p.value <= 0.05))
  say(paste(name, "exact chi-square", sep = "/"), each(function(m) {
    if (sum(m[1, ]) == 0 || sum(m[2, ]) == 0) FALSE else suppressWarnings(chisq.test(m, correct = FALSE)$p.value) <= 0.05
  }))
  say(paste(name, "schoenfeld", sep = "/"), (qnorm(0.975) + qnorm(0.8))^2 / (0.4 * 0.6 * log(p1 / p2)^2))
}
# Rubin's rules, written as in Barnard and Rubin 1999
r <- question$imputed
m <- length(r$estimates); w <- mean(r$errors^2); b <- var(r$estimates); t <- w + (1 + 1 / m) * b
lambda <- (1 + 1 / m) * b / t; old <- (m - 1) / lambda^2; seen <- (r$df + 1) / (r$df + 3) * r$df * (1 - lambda)
df <- old * seen / (old + seen)
say("rubin", c(mean(r$estimates), sqrt(t), df, mean(r$estimates) + c(-1, 1) * qt(0.975, df) * sqrt(t), 2 * pt(-abs(mean(r$estimates)) / sqrt(t), df)))
finish()
