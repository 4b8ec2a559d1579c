"""spark-submit --py-files <wheel> jobs/train.py --config F --as-of DATE: fits and judges a model of early behaviour."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
