# Reference values for test_states_panel.py. Run: Rscript states_panel.R (beside states_panel.csv)
suppressMessages(library(msm))
cat("version", R.version$major, R.version$minor, as.character(packageVersion("msm")), "\n")
args <- commandArgs(trailingOnly = FALSE)
here <- dirname(sub("--file=", "", args[grep("--file=", args)]))
visits <- read.csv(file.path(here, "states_panel.csv"))
fit <- function(name, q, data) {
  found <- msm(state ~ time, subject = person, data = data, qmatrix = q, gen.inits = TRUE,
               method = "BFGS", control = list(reltol = 1e-16, maxit = 10000, fnscale = 1000))
  cat(name, "loglik", sprintf("%.9f", -found$minus2loglik / 2), "\n")
  cat(name, "log-intensities", sprintf("%.9f", found$estimates), "\n")
  cat(name, "errors", sprintf("%.7f", sqrt(diag(found$covmat))), "\n")
  found
}
three <- fit("three", rbind(c(0, 1, 0), c(1, 0, 1), c(0, 1, 0)), visits)
visits$state <- pmin(visits$state, 2)
two <- fit("two", rbind(c(0, 1), c(1, 0)), visits)
cat("three transition", sprintf("%.9f", pmatrix.msm(three, t = 1.5)), "\n")
