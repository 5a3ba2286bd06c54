"""Enqueues a job for an app in TypeScript: python3 enqueue.py redis|sqs|http|command ORDER TO [NOTE]"""

import json
import os
import shlex
import subprocess
import sys
import urllib.request

# #region envelope
import uuid
from datetime import datetime, timezone


def envelope(task, params, **more):
    """A job as it is stored in a queue. The worker checks the parameters."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    job = {
        "v": 1,
        "task": task,
        "params": params,
        "id": str(uuid.uuid4()),
        "sig": ",".join(sorted(params)),
        "enqueuedAt": now.replace("+00:00", "Z"),
    }
    return json.dumps({**job, **more}, allow_nan=False)


# #endregion


# #region redis
def enqueue_on_redis(task, params, list_name="mail-jobs"):
    import redis

    with redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")) as server:
        server.lpush(list_name, envelope(task, params))


# #endregion


# #region sqs
def enqueue_on_sqs(task, params, queue_name="mail"):
    import boto3

    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=envelope(task, params))


# #endregion


# #region http
def enqueue_over_http(task, params):
    request = urllib.request.Request(
        os.environ["SHOP_URL"],
        data=json.dumps({"task": task, "params": params, "options": {"id": str(uuid.uuid4())}}).encode(),
        headers={"Authorization": f"Bearer {os.environ['SHOP_KEY']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["id"]


# #endregion


# #region command
def enqueue_by_command(jobs):
    """Starts the command once for many jobs, each a dict with task and params."""
    command = [*shlex.split(os.environ.get("JOBS", "npx jobs-cli")), "enqueue", "--batch", "-", "--json"]
    lines = "".join(json.dumps(job, allow_nan=False) + "\n" for job in jobs)
    answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


# #endregion


if __name__ == "__main__":
    way, order, to, *note = sys.argv[1:]
    params = {"order": int(order), "to": to, **({"note": note[0]} if note else {})}
    if way == "redis":
        enqueue_on_redis("send_receipt", params)
    elif way == "sqs":
        enqueue_on_sqs("send_receipt", params)
    elif way == "http":
        print(enqueue_over_http("send_receipt", params))
    elif way == "command":
        print(enqueue_by_command([{"task": "send_receipt", "params": params}]))
    else:
        sys.exit(__doc__)
