# Reference values for tests/reference/test_mixed_models.py. Run: Rscript mixed_visits.R mixed_visits.csv
library(nlme)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
show <- function(fit) {
  D <- getVarCov(fit)
  cat(sprintf("%.10g\n", c(fixef(fit), vcov(fit)[1, 1], vcov(fit)[1, 2], vcov(fit)[2, 2],
                           D[lower.tri(D, diag = TRUE)], fit$sigma, logLik(fit))))
}
tight <- lmeControl(opt = "optim", msTol = 1e-12, reltol = 1e-14, tolerance = 1e-10,
                    maxIter = 500, msMaxIter = 500, niterEM = 100)
show(lme(value ~ time, random = ~ 1 | person, data = d, method = "REML", control = tight))
cat("--\n")
show(lme(value ~ time, random = ~ time | person, data = d, method = "REML", control = tight))
