folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "asked.R"))
suppressPackageStartupMessages(library(survival))
# Before the first event R's log-log interval is NA; here it has no width, as R's other intervals have none.
without_width <- function(limit, surv) ifelse(surv == 1, 1, limit)
for (name in names(question$cohorts)) {
  asked <- question$cohorts[[name]]
  d <- as.data.frame(asked$columns)
  for (kind in c("log", "log-log", "plain")) {
    fit <- survfit(Surv(time, event) ~ 1, d, conf.type = kind)
    for (column in c("surv", "lower", "upper")) {
      say(paste(name, kind, column, sep = "/"), without_width(fit[[column]], fit$surv))
    }
    middle <- quantile(fit, 0.5)
    say(paste(name, kind, "median", sep = "/"), c(middle$quantile, middle$lower, middle$upper))
  }
  say(paste(name, "std_error", sep = "/"), summary(fit)$std.err)
  say(paste(name, "counts", sep = "/"), c(fit$n.risk, fit$n.event, fit$n.censor))
  fit <- survfit(Surv(time, event) ~ 1, d, weights = weight, robust = TRUE, conf.type = "log-log")
  for (column in c("surv", "lower", "upper")) {
    say(paste(name, "weighted", column, sep = "/"), without_width(fit[[column]], fit$surv))
  }
  for (rho in c(0, 1)) {
    test <- survdiff(Surv(time, event) ~ group, d, rho = rho)
    say(paste(name, "log_rank", rho, sep = "/"), c(test$chisq, test$obs, test$exp, 1 - pchisq(test$chisq, length(test$n) - 1)))
  }
  test <- survdiff(Surv(time, event) ~ group + strata(strata), d)
  say(paste(name, "log_rank", "stratified", sep = "/"), c(test$chisq, rowSums(as.matrix(test$obs)), rowSums(as.matrix(test$exp))))
  means <- summary(survfit(Surv(time, event) ~ group, d), rmean = asked$tau)$table[, c("rmean", "se(rmean)")]
  say(paste(name, "rmst", sep = "/"), c(means))
  later <- d[d$time > asked$tau / 4, ]
  fit <- survfit(Surv(time - asked$tau / 4, event) ~ 1, later)
  say(paste(name, "landmark", sep = "/"), c(nrow(later), sum(later$event), fit$surv))
}
for (name in names(question$stretches)) {
  d <- as.data.frame(question$stretches[[name]])
  fit <- survfit(Surv(start, stop, event) ~ 1, d[d$x1 > 0.5, ], timefix = FALSE)
  at <- fit$n.event > 0
  say(paste(name, "delayed entry", sep = "/"), c(fit$surv[at], fit$lower[at], fit$n.risk[at]))
}
finish()
