folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "asked.R"))
suppressPackageStartupMessages({library(pROC); library(MatchIt); library(brglm2)})
# ROC
for (name in names(question$cohorts)) {
  asked <- question$cohorts[[name]]
  d <- as.data.frame(asked$columns)
  first <- roc(d$outcome, d$score1, direction = "<", levels = c(0, 1), quiet = TRUE)
  second <- roc(d$outcome, d$score2, direction = "<", levels = c(0, 1), quiet = TRUE)
  say(paste(name, "roc/auc", sep = "/"), c(ci.auc(first), ci.auc(second), sqrt(var(first))))
  paired <- roc.test(first, second, method = "delong", paired = TRUE)
  say(paste(name, "roc/paired", sep = "/"), c(paired$statistic, paired$p.value))
  woman <- d$strata == sort(unique(d$strata))[1]
  half <- function(side) roc(d$outcome[side], d$score1[side], direction = "<", levels = c(0, 1), quiet = TRUE)
  unpaired <- roc.test(half(woman), half(!woman), method = "delong", paired = FALSE)
  say(paste(name, "roc/unpaired", sep = "/"), c(unpaired$statistic, unpaired$parameter, unpaired$p.value))
  best <- coords(first, "best", best.method = "youden", ret = c("threshold", "sensitivity", "specificity"))
  say(paste(name, "roc/youden", sep = "/"), unlist(best[1, ]))
  say(paste(name, "roc/points", sep = "/"), c(first$thresholds, first$sensitivities, first$specificities))
}
# Propensity
for (name in names(question$cohorts)) {
  asked <- question$cohorts[[name]]
  d <- as.data.frame(asked$columns)
  right <- paste(asked$covariates, collapse = " + ")
  model <- glm(as.formula(paste("treated ~", right)), binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
  e <- fitted(model)
  say(paste(name, "score/coef", sep = "/"), c(coef(model), sqrt(diag(vcov(model))), logLik(model)))
  say(paste(name, "score/fitted", sep = "/"), e)
  z <- d$treated
  weights <- list(ate = z / e + (1 - z) / (1 - e), att = z + (1 - z) * e / (1 - e), overlap = z * (1 - e) + (1 - z) * e)
  x <- as.matrix(cbind(1, d[asked$covariates]))
  for (kind in names(weights)) {
    w <- weights[[kind]]
    say(paste(name, kind, "ess", sep = "/"), sum(w)^2 / sum(w^2))
    fit <- lm(outcome ~ z, d, weights = w)
    part <- model.matrix(fit) * (w * residuals(fit))
    bread <- solve(crossprod(model.matrix(fit) * sqrt(w)))
    robust <- bread %*% crossprod(part) %*% bread
    say(paste(name, kind, "difference", sep = "/"), c(coef(fit)[2], sqrt(robust[2, 2])))
    # M-estimation: all equations stacked, their derivative taken numerically.
    weigh <- switch(kind, ate = function(e) z / e + (1 - z) / (1 - e), att = function(e) z + (1 - z) * e / (1 - e),
                    overlap = function(e) z * (1 - e) + (1 - z) * e)
    each <- function(theta) {
      e <- plogis(c(x %*% theta[1:ncol(x)])); w <- weigh(e); m <- theta[ncol(x) + 1:2]
      cbind(x * (z - e), w * z * (d$outcome - m[1]), w * (1 - z) * (d$outcome - m[2]))
    }
    theta <- c(coef(model), sum(w * z * d$outcome) / sum(w * z), sum(w * (1 - z) * d$outcome) / sum(w * (1 - z)))
    steps <- 1e-4 * pmax(abs(theta), 1e-3)
    slope <- sapply(seq_along(theta), function(j) {
      at <- function(k) { moved <- theta; moved[j] <- moved[j] + k * steps[j]; colSums(each(moved)) }
      (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * steps[j])
    })
    inner <- solve(slope)
    covariance <- inner %*% crossprod(each(theta)) %*% t(inner)
    contrast <- c(rep(0, ncol(x)), 1, -1)
    say(paste(name, kind, "m-estimation", sep = "/"), sqrt(c(contrast %*% covariance %*% contrast)))
  }
  # Balance as MatchIt shows it: nearest neighbour without replacement (ATT), and sampling weights (ATE).
  matched <- matchit(as.formula(paste("treated ~", right)), d, method = "nearest", distance = e)
  shown <- summary(matched)
  say(paste(name, "balance/weights", sep = "/"), matched$weights)
  keep <- asked$covariates
  say(paste(name, "balance/before", sep = "/"), shown$sum.all[keep, c("Means Treated", "Means Control", "Std. Mean Diff.", "Var. Ratio")])
  say(paste(name, "balance/after", sep = "/"), shown$sum.matched[keep, c("Means Treated", "Means Control", "Std. Mean Diff.", "Var. Ratio")])
}
# Firth: brglm2 for the estimate, its own penalised likelihood for profile limits and tests.
for (name in names(question$rare)) {
  d <- as.data.frame(question$rare[[name]])
  fit <- glm(event ~ x1 + x2, binomial, d, method = "brglmFit", type = "AS_mean", epsilon = 1e-12, maxit = 1000)
  say(paste(name, "firth_logistic/coef", sep = "/"), coef(fit))
  x <- model.matrix(fit)
  logistic <- function(beta) {
    p <- plogis(c(x %*% beta))
    sum(ifelse(d$event == 1, log(p), log1p(-p))) + determinant(crossprod(x * sqrt(p * (1 - p))))$modulus / 2
  }
  order <- order(d$time)
  t <- d$time[order]; death <- d$event[order] == 1; xs <- as.matrix(d[order, c("x1", "x2")])
  breslow <- function(beta) {
    r <- exp(c(xs %*% beta)); total <- 0; information <- matrix(0, 2, 2)
    for (i in which(death)) {
      in_it <- t >= t[i]; w <- r[in_it] / sum(r[in_it]); m <- colSums(w * xs[in_it, , drop = FALSE])
      total <- total + log(r[i]) - log(sum(r[in_it]))
      information <- information + crossprod(xs[in_it, , drop = FALSE] * sqrt(w)) - tcrossprod(m)
    }
    total + determinant(information)$modulus / 2
  }
  profiled <- function(likelihood, best, key) {
    found <- optim(best, function(b) -likelihood(b), method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
    if (key == "firth_cox") say(paste(name, key, "coef", sep = "/"), found$par)
    limits <- c(); p <- c()
    for (j in seq_along(best)) {
      held <- function(value) {
        free <- found$par[-j]
        inner <- optim(free, function(f) { b <- found$par; b[j] <- value; b[-j] <- f; -likelihood(b) },
                       method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
        -inner$value
      }
      drop <- function(value) -found$value - held(value) - qchisq(0.95, 1) / 2
      far <- 1; while (drop(found$par[j] - far) < 0) far <- 2 * far
      low <- uniroot(drop, c(found$par[j] - far, found$par[j]), tol = 1e-11)$root
      far <- 1; while (drop(found$par[j] + far) < 0) far <- 2 * far
      high <- uniroot(drop, c(found$par[j], found$par[j] + far), tol = 1e-11)$root
      limits <- c(limits, low, high)
      p <- c(p, pchisq(2 * (-found$value - held(0)), 1, lower.tail = FALSE))
    }
    say(paste(name, key, "limits", sep = "/"), limits)
    say(paste(name, key, "p", sep = "/"), p)
    say(paste(name, key, "likelihood", sep = "/"), -found$value)
  }
  profiled(logistic, coef(fit), "firth_logistic")
  profiled(breslow, c(0, 0), "firth_cox")
}
finish()
