# Reference values for test_regression_to_mean.py. Run: Rscript regression_to_mean.R
show <- function(name, x) cat(name, format(x, digits = 12), "\n")
cat("#", R.version.string, "\n")

# Davis: mean regression of people whose mean of m visits is at or below a threshold.
davis <- function(mu, b, w, c, m) {
  s <- sqrt(b + w / m)
  z <- (c - mu) / s
  (w / m) / s * dnorm(z) / pnorm(z)
}
show("davis", c(davis(0, 0.5, 0.5, -1, 1), davis(60, 100, 25, 52, 3), davis(1, 0.2, 2, 1.5, 2)))

# Mee and Chua: intercept of the later on the earlier value about the population mean.
x <- c(44, 47.5, 49, 41, 46, 43.5, 48, 45)
y <- c(55, 58.5, 61, 50, 54.5, 57, 60.5, 52)
t_at <- function(mu) {
  fit <- summary(lm(I(y - mu) ~ I(x - mu)))$coefficients
  fit[1, 3]
}
show("mee_chua", sapply(c(40, 50, 60), t_at))
critical <- qt(0.95, length(x) - 2)
show("mean_range", c(
  uniroot(function(mu) t_at(mu) - critical, c(30, 46), tol = 1e-12)$root,
  uniroot(function(mu) t_at(mu) - critical, c(46, 200), tol = 1e-12)$root
))

# The likelihood given entry: dense normal vectors, maximised by optim.
people <- list(
  list(t = c(0, 1, 2), y = c(0.31, -0.42, 0.77), a = c(0, 0, 0), d = 0),
  list(t = c(0, 1, 2), y = c(-0.92, -1.13, -0.21), a = c(0, 0, 0), d = 0),
  list(t = c(0, 1, 3), y = c(1.21, 0.52, 1.93), a = c(0, 0, 0), d = 0),
  list(t = c(0, 2, 3), y = c(0.11, 0.62, -0.33), a = c(0, 0, 0), d = 0),
  list(t = c(1, 2), y = c(-1.41, -0.32), a = c(0, 0), d = 0),
  list(t = c(0, 1, 2, 3), y = c(0.66, 1.42, 0.15, 0.82), a = c(0, 0, 0, 0), d = 0),
  list(t = c(0, 1, 2), y = c(-0.24, -0.77, 0.54), a = c(0, 0, 0), d = 0),
  list(t = c(0, 1, 2), y = c(-1.62, -0.95, -1.38), a = c(0, 0, 0), d = 0),
  list(t = c(0, 1, 2, 3), y = c(-1.2, -0.9, 0.4, 0.7), a = c(0, 0, 1, 1), d = 2),
  list(t = c(0, 1, 2), y = c(-1.4, -1.0, 0.3), a = c(0, 0, 1), d = 2)
)
threshold <- -1
cost <- function(p, effect = p[5]) {
  b <- exp(2 * p[3]); w <- exp(2 * p[4]); total <- 0
  for (q in people) {
    v <- diag(w, length(q$t)) + b
    r <- q$y - p[1] - p[2] * q$t - effect * q$a
    total <- total + as.numeric(determinant(v)$modulus) + sum(r * solve(v, r))
    if (q$d > 0) {
      m <- p[1] + p[2] * mean(q$t[seq_len(q$d)])
      total <- total + 2 * pnorm((threshold - m) / sqrt(b + w / q$d), log.p = TRUE)
    }
  }
  total
}
tight <- list(reltol = 1e-15, maxit = 5000)
best <- optim(c(0, 0, -0.3, -0.5, 1), cost, method = "BFGS", control = tight)
null <- optim(c(0, 0, -0.3, -0.5), function(p) cost(p, 0), method = "BFGS", control = tight)
show("effect", best$par[5])
show("deviances", c(best$value, null$value))
