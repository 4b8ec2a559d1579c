"""spark-submit --py-files <wheel> jobs/experiment.py read NAME --config F: reads an experiment, or starts it."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["experiment", *sys.argv[1:]]))
