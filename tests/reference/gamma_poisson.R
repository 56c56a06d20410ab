# Reference values for test_gamma_poisson.py. Run: Rscript gamma_poisson.R
library(MASS)
events <- c(0, 3, 1, 7, 2, 0, 5, 12, 1, 4, 0, 2, 9, 3, 1)
years <- c(1, 2.5, 1.2, 3, 2, 0.8, 2, 4, 1, 3.5, 2, 1.5, 3, 2, 0.5)
fit <- glm.nb(events ~ offset(log(years)), control = glm.control(epsilon = 1e-14, maxit = 200))
cat(sprintf("%.8f", c(exp(coef(fit)), fit$theta, logLik(fit))), "\n")
