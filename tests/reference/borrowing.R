# Reference values for test_borrowing.py. Run: Rscript borrowing.R
show <- function(name, x) cat(name, format(x, digits = 12), "\n")
cat("#", R.version.string, "\n")
tight <- function(f, lo, hi) integrate(f, lo, hi, rel.tol = 1e-11, subdivisions = 2000)$value

# Meta-analytic predictive prior of means, by nested integration over tau.
y <- c(-51, -49, -36, -47, -90, -54); n <- c(74, 166, 328, 20, 25, 58); sigma <- 88
s2 <- sigma^2 / n
given <- function(tau) {
  p <- 1 / (s2 + tau^2); total <- sum(p) + 1 / 88^2; m <- sum(p * y) / total
  l <- 0.5 * (sum(log(p)) - log(total) - sum(p * (y - m)^2) - m^2 / 88^2)
  c(exp(l + 20) * exp(-0.5 * (tau / 44)^2), m, 1 / total + tau^2)
}
over <- function(f) tight(Vectorize(function(tau) { g <- given(tau); g[1] * f(g[2], g[3], tau) }), 0, 242)
z <- over(function(m, v, tau) 1)
mean1 <- over(function(m, v, tau) m) / z
sd1 <- sqrt(over(function(m, v, tau) v + m^2) / z - mean1^2)
below <- over(function(m, v, tau) pnorm(-60, m, sqrt(v))) / z
show("map_normal", c(mean1, sd1, below, over(function(m, v, tau) tau) / z))

# Its robust posterior: weight 0.2 of N(mean1, 88^2), a control of 10 people with mean -75.
se <- 88 / sqrt(10)
known <- over(function(m, v, tau) dnorm(-75, m, sqrt(v + se^2))) / z
doubt <- dnorm(-75, mean1, sqrt(88^2 + se^2))
w <- 0.2 * doubt / (0.2 * doubt + 0.8 * known)
post <- function(m, v) (m / v - 75 / se^2) / (1 / v + 1 / se^2)
e1 <- over(function(m, v, tau) dnorm(-75, m, sqrt(v + se^2)) * post(m, v)) / z / known
show("robust_normal", c(w, (1 - w) * e1 + w * post(mean1, 88^2)))

# Box's p of that control under the informative part: mass of means no more likely.
dens <- Vectorize(function(x) over(function(m, v, tau) dnorm(x, m, sqrt(v + se^2))) / z)
cut <- dens(-75)
other <- uniroot(function(x) dens(x) - cut, c(mean1, 100), tol = 1e-10)$root
inside <- over(function(m, v, tau) pnorm(other, m, sqrt(v + se^2)) - pnorm(-75, m, sqrt(v + se^2))) / z
show("conflict_normal", 1 - inside)

# Power prior of counts with a flat start is a gamma; of proportions about a beta.
a0 <- 0.4; events <- 15; time <- 13
show("power_count", c(qgamma(c(0.025, 0.5, 0.975), a0 * events, a0 * time), a0 * time))

# Normalised power prior of one mean: a0 ~ Beta(1, 2), start N(0, 10^2), history 3 with se 0.8.
npp <- function(f) tight(Vectorize(function(a) {
  v <- 1 / (a / 0.64 + 1 / 100); m <- v * a * 3 / 0.64
  dbeta(a, 1, 2) * f(m, v, a)
}), 0, 1)
m1 <- npp(function(m, v, a) m)
# The posterior of a0 and of theta after a control of 2.2 with se 0.5.
lik <- npp(function(m, v, a) dnorm(2.2, m, sqrt(v + 0.25)))
pa <- npp(function(m, v, a) a * dnorm(2.2, m, sqrt(v + 0.25))) / lik
pt <- npp(function(m, v, a) dnorm(2.2, m, sqrt(v + 0.25)) * (m / v + 2.2 / 0.25) / (1 / v + 4)) / lik
show("npp", c(m1, sqrt(npp(function(m, v, a) v + m^2) - m1^2), pa, pt))

# Commensurate prior of a mean: theta0 known as 3 with se 0.8 (start N(0, 10^2)), tau half-normal 0.6.
v0 <- 1 / (1 / 0.64 + 1 / 100); m0 <- v0 * 3 / 0.64
half <- function(f) tight(Vectorize(function(tau) 2 * dnorm(tau, 0, 0.6) * f(v0 + tau^2)), 0, 6)
show("commensurate", c(m0, sqrt(half(identity)), half(function(v) pnorm(1, m0, sqrt(v)))))

# Effect with binary data and vague control: treated Jeffreys, control uniform; 4 of 5 and 1 of 6.
better <- tight(function(p) dbeta(p, 2, 6) * pbeta(p, 4.5, 1.5, lower.tail = FALSE), 0, 1)
show("binary_benefit", better)
