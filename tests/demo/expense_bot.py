"""Celery as ExpenseBot runs it, in the demo: beat publishes, with its priorities, and a worker has something to do."""

import os
import random
import time

from celery.exceptions import Ignore
from watched import app

app.conf.timezone = "Europe/Moscow"


def works_for(seconds):
    time.sleep(seconds * random.uniform(0.5, 1.5))


@app.task(name="expenses.tasks.process_recurring_payments")
def process_recurring_payments():
    works_for(0.2)


@app.task(name="reports.tasks.send_daily_reports")
def send_daily_reports():
    for user in range(60):
        send_report.apply_async(args=[user], queue="reports", priority=random.randint(4, 6))


@app.task(name="reports.tasks.send_report")
def send_report(user):
    works_for(0.3)


@app.task(name="notifications.tasks.remind_of_budget")
def remind_of_budget():
    works_for(0.05)


@app.task(name="analytics.tasks.update_user_analytics")
def update_user_analytics():
    works_for(0.1)


@app.task(name="maintenance.tasks.clean_old_receipts")
def clean_old_receipts():
    works_for(0.1)


@app.task(name="expenses.tasks.process_affiliate_commissions")
def process_affiliate_commissions():
    # As `npm run demo:break task` says; the application's own fails so once a hold has expired.
    state = open("commissions").read() if os.path.exists("commissions") else ""
    if state == "":
        raise Ignore()
    if state == "broken":
        raise NameError("name 'timezone' is not defined")


def every(seconds, task, queue, priority, **more):
    return {"task": task.name, "schedule": seconds, "options": {"queue": queue, "priority": priority, **more}}


app.conf.beat_schedule = {
    entry["task"]: entry
    for entry in (
        every(4, process_recurring_payments, "recurring", 8),
        every(40, send_daily_reports, "reports", 5),
        every(3, update_user_analytics, "analytics", 3),
        every(10, clean_old_receipts, "maintenance", 10),
        every(5, process_affiliate_commissions, "maintenance", 3),
        # A worker takes it at once and keeps it, unacknowledged, until it is due.
        every(10, remind_of_budget, "notifications", 2, countdown=25),
    )
}

