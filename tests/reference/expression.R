# Reference values for test_expression.py. Run in this folder: Rscript expression.R
suppressMessages(library(limma))
counts <- as.matrix(read.csv("expression_counts.csv", row.names = 1))
treated <- c(1, 1, 1, 0, 0, 0)
design <- cbind(1, treated)

factors <- function(k) {
  use <- rowSums(k > 0) == ncol(k)
  logs <- log(k[use, ])
  s <- apply(logs - rowMeans(logs), 2, median)
  exp(s - mean(s))
}
show <- function(name, fit, which) {
  fit <- eBayes(fit)
  for (g in which) {
    cat(sprintf("%s %s %.8f %.8f %.8f %.8g\n", name, rownames(counts)[g], fit$coefficients[g, 2],
                fit$t[g, 2], fit$df.total[g], fit$p.value[g, 2]))
  }
  cat(sprintf("%s prior %.8f %.8f\n", name, fit$df.prior, fit$s2.prior))
}
s <- factors(counts)
cat("factors", sprintf("%.8f", s), "\n")

# fifty genes: every count weighs alike
few <- counts[1:50, ]
s <- factors(few)
depth <- s * exp(mean(log(colSums(few))))
logs <- t(log2(t(few + 0.5) / (depth + 1) * 1e6))
show("few", lmFit(logs, design), c(1, 2, 10))

# all genes: voom's weights
s <- factors(counts)
depth <- s * exp(mean(log(colSums(counts))))
v <- voom(counts, design, lib.size = depth)
show("all", lmFit(v, design), c(1, 2, 10, 100, 300))
