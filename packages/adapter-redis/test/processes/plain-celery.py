"""An application on Celery alone, as it is before the move: its producer or its worker."""

import json
import os
import signal
import sys
import threading

from celery import Celery
from celery.signals import worker_ready

options = json.loads(sys.argv[1])
app = Celery("shop", broker=options["url"])
app.conf.task_routes = {
    "shop.tasks.send_email": {"queue": options["mailQueue"]},
    "shop.tasks.send_report": {"queue": options["reportQueue"]},
}
app.conf.worker_redirect_stdouts = False
app.conf.worker_enable_remote_control = False


# Celery's worker writes texts to stdout. They go to stderr, so that stdout has lines of JSON only.
stdout = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def write(line):
    print(json.dumps(line), file=stdout, flush=True)


@app.task(name="shop.tasks.send_email")
def send_email(to):
    write({"ran": to})


@app.task(name="shop.tasks.send_report")
def send_report(to):
    write({"ran": to})


def work():
    """Prints each job at its start."""

    def end_with_tests():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_tests, daemon=True).start()
    worker_ready.connect(lambda **_: write({"ready": True}), weak=False)
    queues = ",".join(options["queues"])
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    app.worker_main(["worker", "--pool=solo", f"--hostname={os.getpid()}", f"--queues={queues}", *quiet])


def produce():
    """Sends an e-mail or a report to each recipient in a line of input."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    write({"ready": True})
    for line in sys.stdin:
        job = json.loads(line)
        task = {"email": send_email, "report": send_report}[job["task"]]
        for to in job["to"]:
            task.delay(to=to)
            write({"sent": to})


work() if options["role"] == "worker" else produce()
