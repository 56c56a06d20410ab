# Numbers for tests/reference/test_sensitivity.py, by other routes than the package's: base R, and
# metafor where it is installed. Rscript tests/reference/sensitivity.R
options(digits = 12)
cat(R.version.string, "\n")

# --- E-value: the smallest strength at which the bounding factor reaches the ratio, by search
bound <- function(x) x * x / (2 * x - 1)
search <- function(rr) uniroot(function(x) bound(x) - rr, c(1, 1e4), tol = 1e-14)$root
for (rr in c(3.9, 1.8, 1 / 0.8, 1 / 0.91)) cat("evalue", rr, search(rr), "\n")
hr <- c(0.56, 0.46, 0.69)
rr <- (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1 / hr))
cat("hazard common", rr, search(1 / rr[1]), search(1 / rr[3]), "\n")
cat("odds common", search(sqrt(2.5)), search(sqrt(1.4)), "\n")
cat("sds", search(exp(0.91 * 0.5)), search(exp(0.91 * 0.2)), "\n")

# --- hidden bias in 33 made pairs with ties
exposed <- c(
  36, 15, 50, 50, 8, 27, 28, 19, 38, 12, 30, 19, 19, 27, 40, 14, 32, 39, 26, 45, 13, 20, 26,
  12, 49, 29, 44, 11, 21, 39, 14, 44, 14
)
control <- c(
  17, 13, 17, 15, 9, 19, 15, 17, 22, 16, 11, 12, 19, 9, 16, 17, 10, 16, 17, 12, 13, 17, 10, 11,
  19, 15, 9, 15, 23, 9, 18, 18, 14
)
d <- exposed - control; d <- d[d != 0]
r <- rank(abs(d)); T <- sum(r[d > 0])
for (g in c(1, 2, 3, 4, 4.25, 5)) {
  p <- g / (1 + g)
  approx <- pnorm((T - p * sum(r)) / sqrt(p * (1 - p) * sum(r^2)), lower.tail = FALSE)
  f <- 1 # exact: the generating function, a factor a pair, in half ranks
  for (w in 2 * r) { out <- c(f, rep(0, w)) * (1 - p); at <- w + seq_along(f); out[at] <- out[at] + p * f; f <- out }
  cat("pairs", g, approx, sum(f[(2 * T + 1):length(f)]), "\n")
}
# without hidden bias and ties: the exact distribution of signed ranks in R itself
x <- c(1.1, -0.4, 2.3, 0.9, 3.0, -1.6, 2.8, 0.2, 1.9, 2.5)
cat("wilcox", wilcox.test(x, alternative = "greater", exact = TRUE)$p.value, "\n")
# all differences of one size make it the sign test: McNemar's bound
cat("sign", pbinom(7, 10, 2 / 3, lower.tail = FALSE), "\n")

# --- how populations differ
y <- c(-2.1, -3.4, -2.8, -4.0, -1.5); se <- c(0.3, 0.4, 0.25, 0.5, 0.35)
Q <- function(t2) { w <- 1 / (se^2 + t2); m <- sum(w * y) / sum(w); sum(w * (y - m)^2) }
at <- function(target) if (Q(0) <= target) 0 else sqrt(uniroot(function(t2) Q(t2) - target, c(0, 1e4), tol = 1e-14)$root)
cat("between", at(4), at(qchisq(0.975, 4)), at(qchisq(0.025, 4)), "\n")
if (requireNamespace("metafor", quietly = TRUE)) {
  m <- metafor::rma(y, se^2, method = "PM", control = list(tol = 1e-12))
  ci <- confint(m, control = list(tol = 1e-12, tau2.max = 1e4))
  cat("metafor", as.character(packageVersion("metafor")), sqrt(m$tau2), ci$random["tau", 2:3], "\n")
}
