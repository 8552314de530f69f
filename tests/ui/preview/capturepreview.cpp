#include "capturepreview.h"

#include "capture/captureview.h"
#include "identity/identitypage.h"

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Capture::Progress;
using Operations::Workspace;

namespace {

struct Sample {
    const char *domain, *title, *group, *state;
    qint64 items, announced; ///< announced -1: not told
    int pages, retries;
    ErrorCode code;
    const char *permission;
    int seconds10; ///< tenths of a second it took
};

constexpr Sample Domains[] = {
    {"organization", "Organisation", "Organisation", "complete", 1, -1, 1, 0, {}, "", 3},
    {"org_auth_settings", "Authentication settings", "Organisation", "forbidden", 0, -1, 1, 0, ErrorCode::Forbidden,
     "directory:organization:admin", 2},
    {"divisions", "Divisions", "Organisation", "complete", 9, 9, 1, 0, {}, "", 4},
    {"users", "Users", "People", "complete", 12'408, 12'408, 125, 3, {}, "", 412},
    {"groups", "Groups", "People", "complete", 214, 214, 3, 0, {}, "", 12},
    {"group_members", "Group members", "People", "flawed", 214, -1, 214, 0, {}, "", 386},
    {"teams", "Work teams", "People", "complete", 18, -1, 1, 0, {}, "", 4},
    {"roles", "Roles", "Access", "complete", 97, 97, 1, 0, {}, "", 9},
    {"permissions_catalogue", "Permissions on offer", "Access", "complete", 118, 118, 2, 0, {}, "", 15},
    {"grants", "Grants", "Access", "complete", 3'204, -1, 194, 1, {}, "", 318},
    {"oauth_clients", "OAuth clients", "Access", "carried", 0, -1, 2, 6, ErrorCode::ServerFailed, "oauth:client:view", 640},
    {"idp_adfs", "Identity provider: ADFS", "Access", "not-offered", 0, -1, 1, 0, ErrorCode::NotOffered, "", 2},
    {"queues", "Queues", "Routing", "reading", 1'400, 3'120, 14, 0, {}, "", 58},
    {"queue_members", "Queue members", "Routing", "", 0, -1, 0, 0, {}, "", 0},
    {"skills", "Skills", "Routing", "", 0, -1, 0, 0, {}, "", 0},
    {"wrapup_codes", "Wrap-up codes", "Routing", "", 0, -1, 0, 0, {}, "", 0},
    {"flows", "Architect flows", "Architect", "", 0, -1, 0, 0, {}, "", 0},
    {"ivrs", "Call routes", "Architect", "", 0, -1, 0, 0, {}, "", 0},
    {"process_automation_triggers", "Triggers", "Architect", "", 0, -1, 0, 0, {}, "", 0},
    {"emergency_groups", "Emergency groups", "Architect", "", 0, -1, 0, 0, {}, "", 0},
    {"trunk_base_settings", "Trunk settings", "Telephony", "", 0, -1, 0, 0, {}, "", 0},
};

void run(CaptureView &view, ManualClock &clock)
{
    CaptureView::Start start;
    start.organisation = u"Northwind EMEA"_s;
    for (const Sample &sample : Domains) {
        start.expectedPages.insert(QString::fromLatin1(sample.domain), std::max(sample.pages, 4));
    }
    start.expectedPages.insert(u"queue_members"_s, 320);
    view.begin(start);
    const auto progressOf = [](const Sample &sample) {
        Progress progress;
        progress.domain = QString::fromLatin1(sample.domain);
        progress.title = QString::fromLatin1(sample.title);
        progress.group = QString::fromLatin1(sample.group);
        if (*sample.permission) {
            progress.permissionsAny = QStringList{QString::fromLatin1(sample.permission)};
        }
        return progress;
    };
    for (const Sample &sample : Domains) {
        view.take(progressOf(sample));
    }
    qint64 requests = 0, retries = 0;
    for (const Sample &sample : Domains) {
        const QString state = QString::fromLatin1(sample.state);
        if (state.isEmpty()) {
            break;
        }
        Progress progress = progressOf(sample);
        progress.state = u"reading"_s;
        progress.requests = requests;
        view.take(progress);
        view.refresh();
        clock.advance(std::chrono::milliseconds(sample.seconds10 * 100));
        progress.state = state == u"flawed" ? u"complete"_s : state;
        progress.items = sample.items;
        if (sample.announced >= 0) {
            progress.announced = sample.announced;
        }
        progress.pages = sample.pages;
        progress.domainRetries = sample.retries;
        progress.failedParents = state == u"flawed" ? 2 : 0;
        progress.quarantined = state == u"flawed" ? 1 : 0;
        if (state == u"forbidden" || state == u"carried" || state == u"not-offered") {
            progress.failure = Error{sample.code, u"HTTP"_s, u"c0ffee"_s};
        }
        progress.requests = requests += sample.pages + sample.retries;
        progress.retries = retries += sample.retries;
        progress.bytes = requests * 31'000;
        progress.quota = {.allowed = 300, .used = 180, .budget = 180};
        if (state == u"reading") {
            progress.wait = Progress::Wait::Quota;
            progress.waitMs = 11'600;
        }
        view.take(progress);
    }
    view.refresh();
}

Capture::Outcome outcome()
{
    Capture::Outcome out;
    out.snapshot.observedUtc = QDateTime(QDate(2026, 10, 23), QTime(6, 0), QTimeZone::UTC);
    out.requests = 1'204;
    out.retries = 10;
    out.bytes = 37'300'000;
    for (const Sample &sample : Domains) {
        Evidence::LedgerRow row;
        row.domain = QString::fromLatin1(sample.domain);
        const QString state = QString::fromLatin1(sample.state);
        row.state = Evidence::ledgerStateFromName(state).value_or(Evidence::LedgerState::Complete);
        row.entities = sample.items > 0 ? sample.items : row.state == Evidence::LedgerState::Complete ? 26 : 0;
        row.observedIn = row.state == Evidence::LedgerState::Carried ? u"abc"_s : QString();
        if (state == u"flawed") {
            row.failedParents = {u"a"_s, u"b"_s};
            row.quarantined.append({u"x"_s, u"NaN"_s, {}});
        }
        out.manifest.ledger.append(row);
    }
    return out;
}

Workspace::Check check()
{
    Workspace::Check out;
    out.organisationName = u"Northwind EMEA"_s;
    out.subjectName = u"orgtrace-limited"_s;
    for (const Sample &sample : Domains) {
        Workspace::DomainCheck row;
        row.domain = QString::fromLatin1(sample.domain);
        row.title = QString::fromLatin1(sample.title);
        row.group = QString::fromLatin1(sample.group);
        row.allowed = true;
        if (*sample.permission) {
            row.permissionsAny = QStringList{QString::fromLatin1(sample.permission)};
            row.allowed = sample.code != ErrorCode::Forbidden;
            row.through = row.allowed ? row.permissionsAny.constFirst() : QString();
            row.writePermission = !row.allowed;
        }
        if (row.domain.startsWith(u"queue"_s)) {
            row.permissionsAny = QStringList{u"routing:queue:view"_s};
            row.through = u"routing:queue:view"_s;
            row.isShortened = true;
        }
        out.domains.append(row);
    }
    out.canReadAudit = true;
    out.partialDivisions = {u"routing:queue:view"_s};
    out.partial.append(
        {u"routing:queue:view"_s,
         {{u"d1"_s, u"Nordics"_s}},
         {{u"d2"_s, u"Back Office"_s}, {u"d3"_s, u"Benelux"_s}, {u"d4"_s, u"Contractors"_s}, {u"d5"_s, u"DACH"_s}, {u"d6"_s, u"Home"_s}},
         false,
         {u"queues"_s, u"queue_members"_s}});
    out.canWrite = {u"routing:queue:edit"_s, u"routing:skill:manage"_s, u"telephony:plugin:all"_s};
    out.leastPrivilege
        = {u"architect:flow:view"_s, u"audits:audit:view"_s,  u"authorization:role:view"_s, u"directory:organization:admin"_s,
           u"oauth:client:view"_s,   u"routing:queue:view"_s, u"routing:skill:view"_s,      u"telephony:plugin:all"_s};
    out.leastPrivilegeWriting = {u"directory:organization:admin"_s, u"telephony:plugin:all"_s};
    return out;
}

} // namespace

void capturePreviews(const std::function<void(QWidget &page, const QString &name, const QSize &size)> &save)
{
    ManualClock clock;
    {
        CaptureView view(clock);
        run(view, clock);
        save(view, u"capture-waiting"_s, {1440, 828});
        save(view, u"capture-narrow"_s, {880, 560});
        view.endWith(outcome());
        view.showIdentity(check());
        save(view, u"capture-trouble"_s, {1440, 828});
        save(view, u"capture-trouble-narrow"_s, {880, 560});
    }
    {
        CaptureView view(clock);
        run(view, clock);
        view.endWith(Error{ErrorCode::Unreachable, u"Connection refused"_s, u"GET /api/v2/routing/queues"_s});
        view.offerResume(561);
        save(view, u"capture-failed"_s, {1440, 828});
    }
    {
        IdentityPage page;
        page.showCheck(check());
        save(page, u"identity"_s, {1440, 828});
        save(page, u"identity-narrow"_s, {880, 560});
    }
}
