"""A workspace's whole life with nothing but the generated client: lifecycle.py ADDRESS, tokens in MANAGER, SECOND and DPO."""

import os
import sys
import time
from http import HTTPStatus

from beffroi import AuthenticatedClient
from beffroi.api.catalogue import list_apps
from beffroi.api.evidence import list_evidence, list_log, read_evidence, read_log_entry
from beffroi.api.sign_in import read_me
from beffroi.api.workspaces import (
    change_workspace,
    confirm_deletion,
    create_workspace,
    delete_workspace,
    preview,
    read_explanation,
    read_location,
    read_workspace,
    restore_workspace,
    resume_workspace,
    suspend_workspace,
)
from beffroi.models import (
    Bundle,
    Channel,
    ConditionStatus,
    Confirmation,
    DataKind,
    LocationVerdict,
    MaintenanceWindow,
    MaintenanceWindowPatch,
    NewWorkspace,
    OrderedAppWithChannel,
    PlacementRequest,
    Problem,
    UpdatePolicy,
    Weekday,
    Workspace,
    WorkspaceChange,
    WorkspacePatch,
    WorkspaceState,
)

TENANT, NAME = "ght-bm", "generated"
ID = f"{TENANT}.{NAME}"
PATIENCE = 180


def client(token):
    return AuthenticatedClient(base_url=sys.argv[1], token=token, raise_on_unexpected_status=True)


manager, second, dpo = (client(os.environ[who]) for who in ("MANAGER", "SECOND", "DPO"))


def done(answer, status=HTTPStatus.OK):
    """What an answer says, where it has the status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.parsed}"
    return answer.parsed


def until(what, found):
    """The first of `found()` that is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.2)
    raise TimeoutError(f"{what} did not come within {PATIENCE} s: {workspace()}")


def workspace():
    return read_workspace.sync(ID, client=manager)


def in_state(state):
    def found():
        seen = workspace()
        return isinstance(seen, Workspace) and seen.state is state and seen

    return until(state, found)


def step(name, start=time.monotonic()):
    print(f"  {time.monotonic() - start:6.1f} s  {name}")


me = done(read_me.sync_detailed(client=manager))
assert [tenant.name for tenant in me.tenants] == [TENANT] and not me.hoster, me
apps = done(list_apps.sync_detailed(client=manager, tenant=TENANT, limit=200)).items
assert any(app.name == "meet" and app.orderable for app in apps), apps
step("me, apps")

order = NewWorkspace(
    tenant=TENANT,
    name=NAME,
    domain=f"{NAME}.ght-bm.example",
    apps=[OrderedAppWithChannel(name="meet", channel=Channel.STABLE)],
    data=[DataKind.STAFF],
    placement=PlacementRequest(sites=2),
    maintenance_window=MaintenanceWindow(
        days=[Weekday.SUNDAY], start="02:00", duration_minutes=60, time_zone="Europe/Paris"
    ),
)
planned = done(preview.sync_detailed(client=manager, body=order))
assert planned.accepted and len(planned.sites) == 2, planned
made = create_workspace.sync_detailed(client=manager, body=order, idempotency_key="generated-1")
assert done(made, HTTPStatus.CREATED).id == ID and made.headers["location"] == f"/v1/workspaces/{ID}"
again = create_workspace.sync_detailed(client=manager, body=order, idempotency_key="generated-1")
assert done(again, HTTPStatus.CREATED).id == ID and again.headers["idempotency-replayed"] == "true"
taken = create_workspace.sync_detailed(client=manager, body=order)
assert isinstance(done(taken, HTTPStatus.CONFLICT), Problem)
step("previewed, ordered once")

ready = in_state(WorkspaceState.READY)
assert [site.name for site in ready.sites] == [site.name for site in planned.sites], ready
located = until("a verdict", lambda: (seen := workspace()).located is ConditionStatus.TRUE and seen)
assert located.placement.sites == 2 and located.created_at.tzinfo, located
location = done(read_location.sync_detailed(ID, client=manager))
assert location.verdict is LocationVerdict.LOCATED, location
assert len(location.map_.features) == 2 and len(location.map_.features[0].geometry.coordinates) == 2, location
explanation = done(read_explanation.sync_detailed(ID, client=manager))
assert explanation.accepted.status is ConditionStatus.TRUE, explanation
step("ready, located, explained")

proofs = until("evidence", lambda: done(list_evidence.sync_detailed(ID, client=dpo)).items)
bundle = done(read_evidence.sync_detailed(ID, str(proofs[0].index), client=dpo))
assert isinstance(bundle, Bundle) and bundle.envelope.payload and bundle.inclusion.log_index == proofs[0].index
step("evidence")

change = WorkspaceChange(workspace=ID, updates=UpdatePolicy.FOLLOWCHANNEL)
assert done(preview.sync_detailed(client=manager, body=change)).accepted
patch = WorkspacePatch(
    updates=UpdatePolicy.FOLLOWCHANNEL,
    maintenance_window=MaintenanceWindowPatch(duration_minutes=90),
    placement=None,
)


def changed_as_read():
    """What was read and what it became, unless something became of it meanwhile."""
    known = read_workspace.sync_detailed(ID, client=manager)
    same = read_workspace.sync_detailed(ID, client=manager, if_none_match=known.headers["etag"])
    changed = change_workspace.sync_detailed(ID, client=manager, body=patch, if_match=known.headers["etag"])
    moved = same.status_code == HTTPStatus.OK or changed.status_code == HTTPStatus.PRECONDITION_FAILED
    return None if moved else (known, same, changed)


known, same, changed = until("a change of what was read", changed_as_read)
assert same.status_code == HTTPStatus.NOT_MODIFIED, same
order = done(changed)
assert order.updates is UpdatePolicy.FOLLOWCHANNEL and not order.placement, order
assert (order.maintenance_window.duration_minutes, order.maintenance_window.start) == (90, "02:00"), order
late = change_workspace.sync_detailed(ID, client=manager, body=patch, if_match=known.headers["etag"])
assert isinstance(done(late, HTTPStatus.PRECONDITION_FAILED), Problem)
step("changed, once")

assert done(suspend_workspace.sync_detailed(ID, client=manager)).suspended
in_state(WorkspaceState.SUSPENDED)
assert not done(resume_workspace.sync_detailed(ID, client=manager)).suspended
in_state(WorkspaceState.READY)
step("suspended, resumed")

leaving = done(delete_workspace.sync_detailed(ID, client=manager, grace_days=30), HTTPStatus.ACCEPTED)
assert leaving.state is WorkspaceState.LEAVING and leaving.delete_after > leaving.created_at, leaving
assert not done(restore_workspace.sync_detailed(ID, client=manager)).delete_after
in_state(WorkspaceState.READY)
# Sooner than the policy's days, it takes another person.
asked = done(delete_workspace.sync_detailed(ID, client=manager, grace_days=0), HTTPStatus.ACCEPTED)
request = Confirmation(request=asked.deletion_request.id)
assert not asked.delete_after, asked
alone = confirm_deletion.sync_detailed(ID, client=manager, body=request)
assert isinstance(done(alone, HTTPStatus.FORBIDDEN), Problem)
done(confirm_deletion.sync_detailed(ID, client=second, body=request), HTTPStatus.ACCEPTED)
until("its end", lambda: read_workspace.sync_detailed(ID, client=manager).status_code == HTTPStatus.NOT_FOUND)
step("deleted, restored, gone")

refused = done(list_log.sync_detailed(client=manager), HTTPStatus.FORBIDDEN)
assert isinstance(refused, Problem) and refused.type_.endswith("/forbidden"), refused
entries = done(list_log.sync_detailed(client=dpo, tenant=TENANT, limit=200)).items
actions = {entry.action for entry in entries if entry.workspace == ID}
assert {"WorkspaceOrdered", "WorkspaceChanged"} <= actions, entries
assert isinstance(done(read_log_entry.sync_detailed(str(entries[0].index), client=dpo)), Bundle)
step("in the log")
