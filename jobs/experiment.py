"""spark-submit --py-files <wheel> jobs/experiment.py read NAME --config F: starts an experiment, or reads what it earned."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["experiment", *sys.argv[1:]]))
