# Reads a question, and writes the answers with every digit; sourced by each script of this folder.
suppressPackageStartupMessages(library(jsonlite))
arguments <- commandArgs(trailingOnly = TRUE)
question <- fromJSON(arguments[1])
answers <- list()
say <- function(name, values) answers[[name]] <<- as.numeric(values)
finish <- function() {
  answers <- lapply(answers, function(x) ifelse(is.finite(x), x, NA))
  cat(toJSON(answers, digits = NA, na = "null", auto_unbox = FALSE), file = arguments[2])
}
