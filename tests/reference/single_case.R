# Reference values for test_single_case.py. Run: Rscript single_case.R
suppressMessages(library(nlme))
show <- function(name, x) cat(name, format(x, digits = 12), "\n")
cat("#", R.version.string, "nlme", as.character(packageVersion("nlme")), "\n")

# Hypothetical series that a public vignette of single-case effect sizes uses.
a <- c(20, 20, 26, 25, 22, 23)
b <- c(28, 25, 24, 27, 30, 30, 29)
w <- suppressWarnings(wilcox.test(b, a)$statistic) # Mann-Whitney: wins plus half the ties
show("nap", unname(w) / (length(a) * length(b)))
phase <- rep(c(0, 1), c(length(a), length(b)))
show("tau_b", cor(phase, c(a, b), method = "kendall"))
show("trend", cor(seq_along(a), a, method = "kendall"))
lrr <- log(mean(b) / mean(a)) + var(b) / (2 * length(b) * mean(b)^2) -
  var(a) / (2 * length(a) * mean(a)^2)
show("lrr", lrr)
show("lrr_se", sqrt(var(b) / (length(b) * mean(b)^2) + var(a) / (length(a) * mean(a)^2)))

# A rising baseline at unequal times, corrected by its Theil-Sen line.
ta <- c(1, 2, 4, 5, 7, 8)
ya <- c(10, 12, 13, 15.5, 16, 19)
tb <- c(10, 11, 13, 14, 16, 17, 20)
yb <- c(18, 21, 19.5, 24, 23, 22, 26)
test <- cor.test(ta, ya, method = "kendall")
show("rising_trend", unname(test$estimate))
show("rising_p", test$p.value)
d <- outer(ya, ya, "-") / outer(ta, ta, "-")
slope <- median(d[lower.tri(d)])
show("theil_sen", slope)
show("bc_tau", cor(rep(c(0, 1), c(6, 7)), c(ya - slope * ta, yb - slope * tb), method = "kendall"))

# Segmented regression of it, by least squares and with serially correlated residuals.
t <- c(ta, tb)
y <- c(ya, yb)
d <- as.numeric(t >= 10)
since <- t - 10
fit <- lm(y ~ since + d + I(since * d))
show("ols", unname(coef(fit)))
x <- model.matrix(fit)
score <- x * resid(fit)
lag <- floor(4 * (nrow(x) / 100)^(2 / 9))
middle <- crossprod(score)
for (l in seq_len(lag)) {
  g <- crossprod(score[-seq_len(l), ], score[seq_len(nrow(x) - l), ])
  middle <- middle + (1 - l / (lag + 1)) * (g + t(g))
}
bread <- solve(crossprod(x))
v <- nrow(x) / (nrow(x) - 4) * bread %*% middle %*% bread
show("nw_se", unname(sqrt(diag(v))))

set.seed(7)
n <- 40
t <- 1:n
e <- as.numeric(arima.sim(list(ar = 0.6), n))
y <- round(5 + 0.05 * t - 1.5 * (t >= 21) - 0.1 * (t - 21) * (t >= 21) + e, 3)
cat("ar_y", y, "\n")
d <- as.numeric(t >= 21)
since <- t - 21
fit <- gls(y ~ since + d + I(since * d), correlation = corCAR1(form = ~t), method = "REML",
           control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500))
show("phi", unname(coef(fit$modelStruct$corStruct, unconstrained = FALSE)))
show("gls", unname(coef(fit)))
show("gls_se", unname(sqrt(diag(vcov(fit)))))
