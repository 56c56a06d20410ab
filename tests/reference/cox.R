# Reference values for test_cox.py. Run: Rscript cox.R
library(survival)
cat("version", as.character(packageVersion("survival")), R.version$major, R.version$minor, "\n")
show <- function(name, fit, robust = TRUE) {
  v <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
  out <- c(coef(fit), sqrt(diag(v)), sqrt(diag(fit$var)), fit$loglik, fit$score)
  cat(name, format(unname(out), digits = 12), "\n")
}
d <- data.frame(
  entry = c(0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1, 0, 2, 3, 7),
  time = c(3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12, 8, 9, 5, 12),
  event = c(1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1),
  x = c(0.5, 1.2, -0.3, 0.8, 0.1, -1.1, 0.4, 0.9, -0.6, 0.2, 1.5, -0.9, 0.3, -0.2, 0.7, -1.4),
  z = c(1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0),
  s = rep(c(1, 2), 8),
  w = c(1, 2, 1, 0.5, 1, 1.5, 1, 1, 2, 1, 1, 0.7, 1, 1, 1, 1.2),
  o = c(0.1, 0, 0.3, -0.2, 0, 0.5, 0, -0.4, 0.2, 0, 0, 0.1, -0.3, 0, 0.2, 0),
  id = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8)
)
y <- Surv(d$entry, d$time, d$event)
show("efron", coxph(y ~ x + z + cluster(id), d, ties = "efron"))
show("breslow", coxph(y ~ x + z + cluster(id), d, ties = "breslow"))
show("strata", coxph(y ~ x + strata(s) + cluster(id), d))
show("weights", coxph(y ~ x + z + cluster(id), d, weights = w))
show("offset", coxph(y ~ x + z + offset(o) + cluster(id), d))
show("late", coxph(Surv(time, event) ~ x + z + cluster(id), d))
fit <- coxph(y ~ x + z, d)
cat("score1", format(unname(residuals(fit, "score")[, 1]), digits = 10), "\n")
cat("martingale", format(unname(residuals(fit, "martingale")), digits = 10), "\n")
b <- basehaz(fit, centered = FALSE)
cat("hazard", format(b$hazard, digits = 10), "\n")
g <- coxph(Surv(tstart, tstop, status) ~ treat + cluster(id), cgd)
show("cgd", g)
