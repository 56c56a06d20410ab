# Reference values for test_trial_power.py. Run: Rscript trial_power.R
cat("version", R.version$major, R.version$minor, "\n")
exact <- function(n1, n2, p1, p2, alpha) {
  total <- 0
  for (a in 0:n1) for (b in 0:n2) {
    p <- fisher.test(matrix(c(a, n1 - a, b, n2 - b), 2))$p.value
    if (p <= alpha) total <- total + dbinom(a, n1, p1) * dbinom(b, n2, p2)
  }
  total
}
show <- function(name, x) cat(name, format(x, digits = 12), "\n")
show("fisher", c(exact(10, 10, 0.1, 0.6, 0.05), exact(5, 9, 0.9, 0.2, 0.05), exact(22, 23, 0.1, 0.5, 0.05),
                 exact(12, 12, 0.3, 0.3, 0.05), exact(7, 4, 1, 0, 0.01)))
t2 <- function(n, d, s, a) power.t.test(n = n, delta = d, sd = s, sig.level = a, strict = TRUE)$power
show("t", c(t2(5, 1.5, 1, 0.05), t2(20, 0.8, 1, 0.05), t2(3, 0.2, 1, 0.01), t2(12, -2, 1.7, 0.05)))
