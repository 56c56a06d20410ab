# Reference values for test_recurrent_events.py. Run: Rscript recurrent_events.R
# Data: cgd of the survival package (Fleming and Harrington 1991, table in appendix D.2).
# The argument "data" writes cgd_events.csv and cgd_follow_up.csv beside this script instead.
library(survival)
library(MASS)
if (identical(commandArgs(TRUE), "data")) {
  last <- tapply(cgd$tstop, cgd$id, max)
  arm <- ifelse(tapply(cgd$treat, cgd$id, function(x) as.character(x[1])) == "placebo", "placebo", "gamma")
  write.csv(data.frame(person = names(last), start = 0, stop = as.vector(last), group = as.vector(arm)),
            "cgd_follow_up.csv", row.names = FALSE, quote = FALSE)
  seen <- cgd[cgd$status == 1, ]
  write.csv(data.frame(person = seen$id, time = seen$tstop), "cgd_events.csv",
            row.names = FALSE, quote = FALSE)
  quit()
}
show <- function(name, ...) cat(name, format(c(...), digits = 12), "\n")
cat("version", as.character(packageVersion("survival")), as.character(packageVersion("MASS")),
    R.version$major, R.version$minor, "\n")
two <- function(fit) c(coef(fit)[1], sqrt(fit$naive.var[1, 1]), sqrt(fit$var[1, 1]))
show("andersen-gill", two(coxph(Surv(tstart, tstop, status) ~ treat, cgd, cluster = id)))
show("breslow", two(coxph(Surv(tstart, tstop, status) ~ treat, cgd, cluster = id, ties = "breslow")))
show("pwp-total", two(coxph(Surv(tstart, tstop, status) ~ treat + strata(enum), cgd, cluster = id)))
show("pwp-gap", two(coxph(Surv(tstop - tstart, status) ~ treat + strata(enum), cgd, cluster = id)))
tight <- coxph.control(eps = 1e-11, toler.inf = 1e-5, outer.max = 100, iter.max = 100)
fr <- coxph(Surv(tstart, tstop, status) ~ treat + frailty(id, distribution = "gamma", eps = 1e-11),
            cgd, control = tight)
show("gamma-frailty", coef(fr)[1], sqrt(fr$var[1, 1]), fr$history[[1]]$theta,
     fr$history[[1]]$c.loglik)
dense <- coxph(Surv(tstart, tstop, status) ~ treat +
                 frailty(id, distribution = "gamma", eps = 1e-11, sparse = FALSE), cgd, control = tight)
show("gamma-frailty-dense", dense$coefficients["treatrIFN-g"],
     sqrt(dense$var[1, 1]))
fixed <- coxph(Surv(tstart, tstop, status) ~ treat + frailty(id, distribution = "gamma", theta = 0.8),
               cgd, control = tight)
show("gamma-frailty-theta-0.8", coef(fixed)[1], sqrt(fixed$var[1, 1]))
standard <- coxph(Surv(tstart, tstop, status) ~ treat + frailty(id, distribution = "gamma"), cgd)
show("gamma-frailty-default", coef(standard)[1], sqrt(standard$var[1, 1]), standard$history[[1]]$theta)
id <- sort(unique(cgd$id))
n <- as.vector(tapply(cgd$status, cgd$id, sum))
time <- as.vector(tapply(cgd$tstop, cgd$id, max))
arm <- as.integer(as.vector(tapply(as.character(cgd$treat), cgd$id, function(x) x[1])) != "placebo")
nb <- glm.nb(n ~ arm + offset(log(time)), control = glm.control(epsilon = 1e-13, maxit = 200))
show("negative-binomial", coef(nb)[2], summary(nb)$coefficients[2, 2], nb$theta, nb$SE.theta,
     as.numeric(logLik(nb)))
po <- glm(n ~ arm + offset(log(time)), family = poisson, control = glm.control(epsilon = 1e-13))
A <- vcov(po)
X <- model.matrix(po)
robust <- A %*% crossprod(X * (n - fitted(po))) %*% A
show("poisson", coef(po)[2], sqrt(A[2, 2]), sqrt(robust[2, 2]))
mcf <- survfit(Surv(tstart, tstop, status) ~ treat, cgd, id = id, cluster = id)
at <- summary(mcf, times = c(100, 200, 300), extend = TRUE)
show("mcf-placebo-se", at$std.chaz[1:3])
show("mcf-placebo", at$cumhaz[1:3])
show("mcf-gamma-se", at$std.chaz[4:6])
show("mcf-gamma", at$cumhaz[4:6])
