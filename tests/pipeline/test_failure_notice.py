"""A run that failed is told: job, partition, and the reason in the words of the failed step, to a file or by mail."""

from pathlib import Path

import dagster as dg

from jpt_pipeline.definitions import defs
from jpt_pipeline.resources import Home
from jpt_pipeline.sensors import failure_notice


@dg.op
def fails() -> None:
    raise dg.Failure(
        "rollups__coverage 2561/38 failed its gate: ยอดไม่ตรงกัน (2 rows, e.g. 38010101)", allow_retries=False
    )


@dg.op
def breaks() -> None:
    raise ValueError("household 38025314702 is not text")


@dg.job(name="province_round")
def failing_job() -> None:
    fails()


@dg.job(name="national_round")
def broken_job() -> None:
    breaks()


def told(job: dg.JobDefinition, home: Path) -> tuple[str, str]:
    """Title and text of the notice that the sensor writes of a failed run."""
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        run = job.execute_in_process(
            instance=instance, raise_on_error=False, run_config=quiet, tags={"dagster/partition": "38|2561"}
        )
        context = dg.build_run_status_sensor_context(
            sensor_name="failure_sensor",
            dagster_instance=instance,
            dagster_run=run.dagster_run,
            dagster_event=_failure(run),
            partition_key=None,
        ).for_run_failure()
        notice = failure_notice(context)
        sensor = defs.resolve_sensor_def("failure_sensor")
        sensor(context, home=Home(path=str(home)))
    (path,) = (home / "notices").glob("*.txt")
    title, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    assert title == notice.title
    return title, text


def _failure(run: dg.ExecuteInProcessResult) -> dg.DagsterEvent:
    return next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")


def test_a_gate_that_failed(tmp_path: Path) -> None:
    title, text = told(failing_job, tmp_path)
    assert title == "R-FAILED งาน province_round 38|2561 ไม่สำเร็จ"
    assert "ส่วน 38|2561" in text and "ยอดไม่ตรงกัน (2 rows, e.g. 38010101)" in text


def test_a_fault_of_the_program_names_no_house(tmp_path: Path) -> None:
    _, text = told(broken_job, tmp_path)
    assert "เหตุ household # is not text" in text


def test_the_sensor_watches_every_job() -> None:
    sensor = defs.resolve_sensor_def("failure_sensor")
    assert isinstance(sensor, dg.RunStatusSensorDefinition)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
