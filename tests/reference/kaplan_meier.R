# Reference values for test_kaplan_meier.py. Run: Rscript kaplan_meier.R
library(survival)
show <- function(fit) {
  k <- fit$n.event > 0
  write.table(
    format(cbind(fit$time, fit$n.risk, fit$n.event, fit$surv, fit$surv * fit$std.err,
                 fit$lower, fit$upper)[k, ], digits = 10),
    quote = FALSE, row.names = FALSE, col.names = FALSE
  )
  cat("median", format(unname(unlist(quantile(fit, 0.5))), digits = 10), "\n")
}
weeks <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
relapsed <- rep(c(1, 0), c(9, 12))
show(survfit(Surv(weeks, relapsed) ~ 1, conf.type = "log-log"))

entry <- c(0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1)
time <- c(3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12)
event <- c(1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0)
show(survfit(Surv(entry, time, event) ~ 1, conf.type = "log-log"))
