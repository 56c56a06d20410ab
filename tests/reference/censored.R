# Reference values for tests/reference/test_censored.py. Run: Rscript censored.R censored_visits.csv sigmoid_visits.csv
suppressMessages(library(survival))
cat("version", as.character(getRversion()), as.character(packageVersion("survival")), "\n")
files <- commandArgs(trailingOnly = TRUE)
d <- read.csv(files[1])
show <- function(name, x) cat(name, sprintf("%.9f", x), "\n")
# no random effect: survreg
low <- ifelse(is.finite(d$low), d$low, NA); high <- ifelse(is.finite(d$high), d$high, NA)
f <- survreg(Surv(low, high, type = "interval2") ~ time, data = d, dist = "gaussian",
             control = survreg.control(rel.tolerance = 1e-12))
show("survreg", c(coef(f), f$scale, logLik(f)))
# random intercept: one integral a person, by integrate, in standard deviations of the random effect
visit <- function(low, high, mean, sd) ifelse(low == high, dnorm(low, mean, sd, log = TRUE),
  log(ifelse(low > mean, pnorm(low, mean, sd, lower = FALSE) - pnorm(high, mean, sd, lower = FALSE),
             pnorm(high, mean, sd) - pnorm(low, mean, sd))))
total <- function(people, given) {
  one <- function(p) {
    g <- Vectorize(function(z) given(p, z) + dnorm(z, log = TRUE))
    top <- optimize(g, c(-6, 6), maximum = TRUE, tol = 1e-10)
    at <- top$maximum
    h <- function(z) exp(g(z) - top$objective)
    top$objective + log(integrate(h, at - 12, at, rel.tol = 1e-11, subdivisions = 500)$value +
                        integrate(h, at, at + 12, rel.tol = 1e-11, subdivisions = 500)$value)
  }
  sum(sapply(people, one))
}
fit <- function(cost, start) {
  safe <- function(th) { v <- tryCatch(cost(th), error = function(e) NA); if (is.finite(v)) v else 1e10 }
  control <- list(reltol = 1e-15, ndeps = rep(1e-5, length(start)), maxit = 500)
  optim(optim(start, safe, method = "BFGS", control = control)$par, safe, method = "BFGS", control = control)
}
people <- split(d, d$person)
levels <- function(th) -total(people, function(p, z) sum(visit(p$low, p$high, th[1] + exp(th[3]) * z + th[2] * p$time, exp(th[4]))))
b <- fit(levels, c(16, -1, log(3), log(1.5)))
show("intercept", c(b$par[1:2], exp(b$par[3:4]), -b$value))
s <- read.csv(files[2])
curves <- split(s, s$person)
curve <- function(t, th, z) th[1] + (th[2] - th[1]) / (1 + exp(-(t - th[3] - exp(th[5]) * z) / exp(th[4])))
bend <- function(th) -total(curves, function(p, z) sum(dnorm(p$value, curve(p$time, th, z), exp(th[6]), log = TRUE)))
b <- fit(bend, c(100, 30, 5, log(1.2), log(1.5), log(4)))
show("sigmoid", c(b$par[1:3], exp(b$par[4:6]), -b$value))
