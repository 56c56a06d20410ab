# Reference values for test_welch.py. Run: Rscript welch.R
before <- c(7.1, 6.4, 8.0, 7.7)
after <- c(5.2, 6.1, 4.9, 5.5, 5.8, 5.0)
w <- t.test(after, before, conf.level = 0.9)
cat(sprintf("%.10f", c(w$estimate[1] - w$estimate[2], w$conf.int, w$p.value, w$parameter)), "\n")
