# Reference values for test_survival_extras.py. Run: Rscript survival_extras.R
library(survival)
say <- function(name, x) cat(name, format(unname(x), digits = 12, scientific = FALSE), "\n")
cat("version", as.character(packageVersion("survival")), R.version$major, R.version$minor, "\n")
entry <- c(0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1, 0, 2, 3, 7)
time <- c(3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12, 8, 9, 5, 12)
cause <- c(1, 2, 0, 1, 1, 2, 0, 1, 1, 0, 2, 0, 1, 1, 0, 1)
g <- c(1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0)
event <- as.numeric(cause > 0)
f <- factor(cause, 0:2, c("cens", "a", "b"))
fit <- survfit(Surv(entry, time, f) ~ 1, id = seq_along(time))
k <- rowSums(fit$n.event) > 0
say("ajtime", fit$time[k])
say("aja", fit$pstate[k, 2]); say("ajase", fit$std.err[k, 2])
say("ajb", fit$pstate[k, 3]); say("ajbse", fit$std.err[k, 3])
right <- survfit(Surv(time, f) ~ 1)
k <- rowSums(right$n.event) > 0
say("rja", right$pstate[k, 2]); say("rjase", right$std.err[k, 2])
s <- survdiff(Surv(time, event) ~ g)
say("logrank", c(s$obs, s$exp, s$chisq))
late <- coxph(Surv(entry, time + seq_along(time) / 100, event) ~ g)  # no ties: the log-rank test
say("latelogrank", late$score)
km <- survfit(Surv(entry, time, event) ~ 1)
say("rmean", summary(km, rmean = 10)$table[c("rmean", "se(rmean)")])
later <- data.frame(entry = pmax(entry, 6), time, event)[time > 6, ]
cond <- survfit(Surv(entry, time, event) ~ 1, data = later)
say("conditional", summary(cond)$surv)
for (d in c("exponential", "weibull", "lognormal", "loglogistic")) {
  fit <- survreg(Surv(time, event) ~ 1, dist = d)
  say(d, c(coef(fit), if (d != "exponential") log(fit$scale), sqrt(diag(fit$var)), fit$loglik[1]))
}
# one-sample log-rank test against a known curve: exponential of rate 0.1
one <- survdiff(Surv(time, event) ~ offset(exp(-0.1 * time)))
say("onesample", c(one$obs, one$exp, one$chisq))
