"""spark-submit --py-files <wheel> jobs/score.py --config F --as-of DATE: scores newcomers by it."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["score", *sys.argv[1:]]))
