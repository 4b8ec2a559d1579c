"""spark-submit OPTIONS (see README) jobs/report.py --config F [--as-of DATE]: the HTML report of a published run."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["report", *sys.argv[1:]]))
