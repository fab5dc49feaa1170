folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(folder, "asked.R"))
suppressPackageStartupMessages({library(survival); library(cmprsk)})
for (name in names(question$cohorts)) {
  asked <- question$cohorts[[name]]
  d <- as.data.frame(asked$columns)
  times <- asked$tau * (1:8) / 8
  causes <- c("death", "transplant")
  whole <- timepoints(cuminc(d$time, d$cause, cencode = "censored"), times)
  for (row in seq_along(causes)) {
    say(paste(name, causes[row], "incidence", sep = "/"), whole$est[row, ])
    say(paste(name, causes[row], "variance", sep = "/"), whole$var[row, ])
    fit <- crr(d$time, d$cause, as.matrix(d[asked$covariates]), failcode = causes[row], cencode = "censored",
               gtol = 1e-9, maxiter = 50)
    say(paste(name, causes[row], "fine_gray", "coef", sep = "/"), fit$coef)
    say(paste(name, causes[row], "fine_gray", "se", sep = "/"), sqrt(diag(fit$var)))
    say(paste(name, causes[row], "fine_gray", "likelihood", sep = "/"), c(fit$loglik.null, fit$loglik))
  }
  plain <- cuminc(d$time, d$cause, d$group, cencode = "censored")$Tests
  layers <- cuminc(d$time, d$cause, d$group, strata = d$strata, rho = 1, cencode = "censored")$Tests
  for (cause in causes) {
    say(paste(name, cause, "gray", sep = "/"), plain[cause, c("stat", "pv")])
    say(paste(name, cause, "gray, stratified", sep = "/"), layers[cause, c("stat", "pv")])
  }
  # The same increments from another package: its estimate of the probability in each state.
  fit <- survfit(Surv(time, factor(cause, c("censored", causes))) ~ 1, d)
  state <- summary(fit, times = times[1:6])$pstate
  for (row in seq_along(causes)) say(paste(name, causes[row], "state", sep = "/"), state[, row + 1])
}
finish()
