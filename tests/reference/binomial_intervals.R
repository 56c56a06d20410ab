# Reference values for test_binomial_intervals.py. Run: Rscript binomial_intervals.R
for (k in list(c(0, 10), c(1, 29), c(15, 148), c(81, 263), c(10, 10))) {
  w <- prop.test(k[1], k[2], correct = FALSE)$conf.int
  e <- binom.test(k[1], k[2])$conf.int
  cat(k, sprintf("%.10f", c(w, e)), "\n")
}
w <- prop.test(7, 20, correct = FALSE, conf.level = 0.9)$conf.int
cat("90%", sprintf("%.10f", w), "\n")
