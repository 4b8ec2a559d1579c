"""spark-submit OPTIONS (see README) jobs/run.py --config F --as-of DATE: the whole pipeline, published."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
