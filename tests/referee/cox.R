folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "asked.R"))
suppressPackageStartupMessages(library(survival))
tight <- coxph.control(eps = 1e-14, iter.max = 50, toler.chol = 1e-14)
told <- function(key, fit, zph = TRUE) {
  ratios <- summary(fit)$conf.int[, c(1, 3, 4), drop = FALSE]
  say(paste0(key, "/coef"), coef(fit))
  say(paste0(key, "/se"), sqrt(diag(vcov(fit))))
  say(paste0(key, "/hr"), t(ratios))
  say(paste0(key, "/likelihood"), fit$loglik)
  if (zph) say(paste0(key, "/zph"), t(cox.zph(fit)$table[, c("chisq", "p")]))
}
for (name in names(question$cohorts)) {
  asked <- question$cohorts[[name]]
  d <- as.data.frame(asked$columns)
  right <- paste(asked$covariates, collapse = " + ")
  model <- as.formula(paste("Surv(time, event) ~", right))
  for (ties in c("efron", "breslow")) {
    fit <- coxph(model, d, ties = ties, control = tight)
    told(paste(name, ties, sep = "/"), fit)
    # Not from summary(), which rounds the Wald statistic to two decimals.
    three <- c(2 * diff(fit$loglik), fit$wald.test, fit$score)
    p <- pchisq(three, length(coef(fit)), lower.tail = FALSE)
    say(paste(name, ties, "tests", sep = "/"), c(rbind(three, p)))
    robust <- coxph(model, d, ties = ties, weights = weight, robust = TRUE, control = tight)
    told(paste(name, ties, "weighted", sep = "/"), robust, zph = FALSE)
  }
  fit <- coxph(as.formula(paste("Surv(time, event) ~ strata(strata) +", right)), d, control = tight)
  told(paste(name, "stratified", sep = "/"), fit)
  fit <- coxph(model, d, cluster = cluster, control = tight)
  told(paste(name, "clustered", sep = "/"), fit, zph = FALSE)
}
for (name in names(question$stretches)) {
  d <- as.data.frame(question$stretches[[name]])
  for (ties in c("efron", "breslow")) {
    fit <- coxph(Surv(start, stop, event) ~ x1 + x2, d, ties = ties, control = tight, timefix = FALSE)
    told(paste(name, "in time", ties, sep = "/"), fit)
  }
  fit <- coxph(Surv(start, stop, event) ~ x1 + x2 + strata(strata), d, cluster = id, control = tight, timefix = FALSE)
  told(paste(name, "in time", "stratified, clustered", sep = "/"), fit, zph = FALSE)
}
finish()
