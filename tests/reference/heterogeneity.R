# Expected numbers of test_heterogeneity.py and test_follow_up.py. Rscript heterogeneity.R
suppressMessages(library(survival))
cat("version", R.version.string, as.character(packageVersion("survival")), "\n")
options(digits = 12)
weeks6 <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
seen6 <- c(rep(1, 9), rep(0, 12))
weeks0 <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
time <- c(weeks6, weeks0)
event <- c(seen6, rep(1, 21))
group <- c(rep("6-MP", 21), rep("placebo", 21))
two <- survdiff(Surv(time, event) ~ group)
cat("freireich", two$chisq, pchisq(two$chisq, 1, lower.tail = FALSE), two$exp, "\n")
third <- group
third[c(1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 41)] <- "third"
three <- survdiff(Surv(time, event) ~ third)
cat("three", three$chisq, pchisq(three$chisq, 2, lower.tail = FALSE), three$exp, "\n")
# Without ties the score test of Cox's model is the log-rank test, and it takes delayed entry.
entry <- c(0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1)
stop <- c(3, 5.1, 5.2, 5.3, 8, 8.4, 9, 9.6, 11, 11.2, 12, 12.5)
died <- c(1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0)
arm <- c(0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0)
fit <- coxph(Surv(entry, stop, died) ~ arm)
cat("delayed", unname(fit$score), unname(summary(fit)$sctest["pvalue"]), "\n")
reverse <- survfit(Surv(weeks6, 1 - seen6) ~ 1)
cat("reverse", unname(quantile(reverse, 0.5, conf.int = FALSE)), "\n")
value <- c(1.2, 0.4, 2.2, 1.9, 3.1, 2.8, 4.0, 0.9, 1.5, 2.6)
label <- c("a", "a", "a", "b", "b", "b", "b", "c", "c", "c")
welch <- oneway.test(value ~ label)
k <- 3
n <- tapply(value, label, length)
w <- n / tapply(value, label, var)
# oneway.test divides the weighted sum of squares by this; we permute the sum itself.
scale <- (k - 1) * (1 + 2 * (k - 2) / (k^2 - 1) * sum((1 - w / sum(w))^2 / (n - 1)))
cat("welch", unname(welch$statistic) * scale, "\n")
bound <- c(binom.test(0, 60, alternative = "less")$conf.int[2],
           binom.test(3, 41, alternative = "less")$conf.int[2])
cat("bound", bound, "\n")
