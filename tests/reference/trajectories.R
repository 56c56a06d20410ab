# Reference values for tests/reference/test_trajectories.py. Run: Rscript trajectories.R mixed_visits.csv
suppressMessages(library(nlme))
cat("version", as.character(getRversion()), as.character(packageVersion("nlme")), "\n")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
tight <- lmeControl(opt = "optim", msTol = 1e-14, reltol = 1e-15, tolerance = 1e-12, maxIter = 500, msMaxIter = 2000,
                    niterEM = 100)
show <- function(name, fit) {
  D <- getVarCov(fit)
  shape <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
  cat(name, sprintf("%.9f", c(fixef(fit), vcov(fit)[lower.tri(vcov(fit), diag = TRUE)],
                              D[lower.tri(D, diag = TRUE)], fit$sigma, shape, logLik(fit))), "\n")
}
show("serial", lme(value ~ time, random = ~ 1 | person, data = d, method = "REML", control = tight,
                   correlation = corCAR1(0.5, form = ~ time | person)))
d$after <- pmax(0, d$time - 5)
show("knot", lme(value ~ time + after, random = ~ time | person, data = d, method = "REML", control = tight))
# with a nugget the random intercept is estimated at 0, so gls stands for it
g <- gls(value ~ time, data = d, method = "REML", control = glsControl(opt = "optim", msTol = 1e-15, msMaxIter = 5000, tolerance = 1e-12),
         correlation = corExp(c(20, 0.05), form = ~ time | person, nugget = TRUE))
shape <- coef(g$modelStruct$corStruct, unconstrained = FALSE)
cat("nugget", sprintf("%.9f", c(coef(g), vcov(g)[lower.tri(vcov(g), diag = TRUE)], g$sigma, exp(-1 / shape[1]), shape[2], logLik(g))), "\n")
