# Reference values for several endpoints at once, R 4.2.2, base only. Rscript endpoints.R OUT.csv
# writes the drawn table and prints the numbers.
cat(R.version.string, "\n")
treated <- cbind(c(5.1, 6.4, 7.9, 8.3), c(2, 3, 3, 5), c(10, 7, 12, 9))
control <- cbind(c(3.2, 5.1, 4.4, 6.0, 2.7, 6.4), c(1, 2, 4, 2, 3, 1), c(11, 6, 8, 5, 7, 4))
x <- rbind(treated, control); arm <- rep(1:0, c(4, 6))
show <- function(name, value) cat(name, format(value, digits = 12), "\n")

# O'Brien: t test on the mean of midranks
r <- rowMeans((apply(x, 2, rank) - 0.5) / 10)
fit <- t.test(r[arm == 1], r[arm == 0], var.equal = TRUE)
show("obrien_difference", mean(r[arm == 1]) - mean(r[arm == 0]))
show("obrien_t", unname(fit$statistic)); show("obrien_p", fit$p.value)

# one endpoint without ties: the exact rank-sum test
y <- c(5.15, 6.45, 7.9, 8.3, 3.2, 5.1, 4.4, 6.0, 2.7, 6.4)
show("wilcox_p", wilcox.test(y[arm == 1], y[arm == 0], exact = TRUE)$p.value)
show("wilcox_u", unname(wilcox.test(y[arm == 1], y[arm == 0], exact = TRUE)$statistic))

# Wei-Lachin: covariance of placements by hand
phi <- function(a, b) outer(a, b, function(s, t) sign(s - t))
h <- lapply(1:3, function(k) phi(treated[, k], control[, k]))
own <- sapply(h, rowMeans); other <- sapply(h, colMeans)
w <- c(2, 1, 1) / 4
theta <- sapply(h, mean)
v <- cov(own) / 4 + cov(other) / 6
show("wl_average", sum(w * theta)); show("wl_se", sqrt(drop(t(w) %*% v %*% w)))

# OLS and GLS on values standardised within arms
inside <- rbind(scale(treated, scale = FALSE), scale(control, scale = FALSE))
s <- sqrt(colSums(inside^2) / 8)
z <- sweep(inside, 2, s, "/"); rr <- crossprod(z) / 8
gap <- (colMeans(treated) - colMeans(control)) / s
one <- rep(1, 3); n <- 1 / 4 + 1 / 6
show("ols_t", sum(gap) / sqrt(sum(rr) * n))
g <- solve(rr, one)
show("gls_t", sum(g * gap) / sqrt(drop(t(g) %*% rr %*% g) * n))
show("ols_p", 2 * pt(-abs(sum(gap) / sqrt(sum(rr) * n)), 0.5 * 8 * (1 + 1 / 9)))

# win ratio of 20 against 20 on two endpoints in order, limits on the log scale
set.seed(1)
a <- cbind(round(rnorm(20, 1), 1), round(rnorm(20), 2)); b <- cbind(round(rnorm(20), 1), round(rnorm(20), 2))
write.csv(data.frame(arm = rep(1:0, each = 20), rbind(a, b)), commandArgs(TRUE)[1], row.names = FALSE)
first <- outer(a[, 1], b[, 1], "-"); second <- outer(a[, 2], b[, 2], "-")
d <- ifelse(abs(first) >= 0.5 - 1e-9, sign(first), sign(second))
won <- mean(d > 0); lost <- mean(d < 0)
e <- (d > 0) / won - (d < 0) / lost
se <- sqrt(var(rowMeans(e)) / 20 + var(colMeans(e)) / 20)
show("win_ratio", won / lost); show("net", won - lost)
show("win_lower", won / lost * exp(-qnorm(0.975) * se))
show("win_upper", won / lost * exp(qnorm(0.975) * se))

show("holm", p.adjust(c(0.01, 0.04, 0.03, 0.2), "holm"))
