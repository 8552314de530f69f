#include "operations/watch.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

using std::chrono::milliseconds;

struct WatchArguments {
    std::string name, domains, profile, catalogue;
    std::string every = "15m", settle = "15s";
    bool events = false, provesGrants = false;
};

/// "90s", "15m", "2h", "1d"; nullopt for anything else.
std::optional<milliseconds> duration(const std::string &text)
{
    if (text.size() < 2 || text.size() > 8) {
        return std::nullopt;
    }
    bool isNumber = false;
    const qint64 number = q(text.substr(0, text.size() - 1)).toLongLong(&isNumber);
    if (!isNumber || number < 0) {
        return std::nullopt;
    }
    switch (text.back()) {
    case 's': return std::chrono::seconds(number);
    case 'm': return std::chrono::minutes(number);
    case 'h': return std::chrono::hours(number);
    case 'd': return std::chrono::hours(24 * number);
    default: return std::nullopt;
    }
}

Json::Node runNode(const Operations::Watch::Run &run)
{
    Json::Node node;
    node["version"] = 1;
    node["reason"] = Operations::watchReasonName(run.why.reason);
    node["changes"] = static_cast<qint64>(run.why.changes);
    node["domains"] = Json::Node(run.why.domains);
    const auto errorNode = [](const Error &error) {
        Json::Node out;
        out["code"] = errorCodeName(error.code);
        out["message"] = error.detail;
        out["where"] = error.where;
        return out;
    };
    if (run.capture) {
        node["snapshot"] = run.capture->snapshot.id;
        node["observed"] = isoUtc(run.capture->snapshot.observedUtc);
        node["entities"] = run.capture->snapshot.entities;
        node["complete"] = run.capture->isComplete();
        node["requests"] = run.capture->requests;
        node["pushes"] = pushesNode(run.capture->pushes);
    } else {
        node["error"] = errorNode(run.capture.error());
    }
    if (run.audit && *run.audit) {
        node["audit"]["read"] = (*run.audit)->read;
        node["audit"]["added"] = (*run.audit)->added;
        node["audit"]["pushes"] = pushesNode((*run.audit)->pushes);
    } else if (run.audit) {
        node["audit"]["error"] = errorNode(run.audit->error());
    }
    return node;
}

/// Both pushes of a run, the one after the capture first. What was restored is in either of them; trouble with a remote is told once, as the later one has it.
QList<Evidence::Push> pushesOf(const Operations::Watch::Run &run)
{
    QList<Evidence::Push> out = run.capture ? run.capture->pushes : QList<Evidence::Push>();
    if (!run.audit || !*run.audit) {
        return out;
    }
    const QList<Evidence::Push> &later = (*run.audit)->pushes;
    for (Evidence::Push &push : out) {
        if (std::ranges::contains(later, push.remote, &Evidence::Push::remote)) {
            push.error.reset();
        }
    }
    return out + later;
}

QString runLine(const Operations::Watch::Run &run)
{
    QString why = Operations::watchReasonName(run.why.reason);
    if (run.why.changes > 0) {
        why += u" (%1 changes)"_s.arg(thousands(run.why.changes));
    }
    if (!run.capture) {
        return u"%1: no snapshot: %2; it is tried again"_s.arg(why, oneLine(run.capture.error().detail));
    }
    const Evidence::SnapshotSummary &snapshot = run.capture->snapshot;
    QString line
        = u"%1  %2  %3  %4 entities, %5"_s.arg(isoUtc(snapshot.observedUtc), snapshot.id.left(12), why, thousands(snapshot.entities),
                                               run.capture->isComplete() ? u"complete"_s : u"incomplete"_s);
    if (run.audit && *run.audit) {
        line += u", %1 audit events new"_s.arg(thousands((*run.audit)->added));
    } else if (run.audit) {
        line += u", audit not pulled: "_s + oneLine(run.audit->error().detail);
    }
    return line;
}

QCoro::Task<int> watch(Context &context, WatchArguments arguments)
{
    const Output out = context.out();
    constexpr milliseconds least = std::chrono::seconds(10), most = std::chrono::hours(24 * 7);
    const std::optional<milliseconds> every = duration(arguments.every);
    const std::optional<milliseconds> settle = duration(arguments.settle);
    if (!every || *every < least || *every > most) {
        co_return out.fail(
            {ErrorCode::BadInput, u"--every wants a duration such as 90s, 15m, 2h or 1d, from 10s to 7d"_s, q(arguments.every)});
    }
    if (!settle || *settle > std::chrono::hours(1)) {
        co_return out.fail({ErrorCode::BadInput, u"--settle wants a duration such as 15s, at most 1h"_s, q(arguments.settle)});
    }
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    (*workspace)->setExtraCatalogue(q(arguments.catalogue));
    Operations::Watch::Settings settings;
    settings.organisation = q(arguments.name);
    settings.domains = q(arguments.domains).split(u',', Qt::SkipEmptyParts);
    settings.profile = q(arguments.profile);
    settings.rules.every = *every;
    settings.rules.quiet = *settle;
    settings.withEvents = arguments.events;
    settings.provesGrants = arguments.provesGrants;
    Operations::Watch::Listeners listeners;
    listeners.ran = [out](const Operations::Watch::Run &run) {
        warnOfPushes(out, pushesOf(run));
        if (out.isJson()) {
            out.raw(safeJson(runNode(run).compactText()) + '\n');
        } else {
            out.line(runLine(run));
        }
        std::fflush(stdout); // whoever reads a pipe of it waits for this line
    };
    listeners.troubled = [out](const Error &error) { out.warning(oneLine(error.detail)); };
    Operations::Watch watching(**workspace, context.clock, std::move(settings), std::move(listeners), context.cancel.token());
    auto running = watching.run();
    const Result<void> ended = co_await running;
    co_return ended ? 0 : out.fail(ended.error());
}

} // namespace

void addWatchCommand(CLI::App &app, Context &context, Command &chosen)
{
    auto *command = app.add_subcommand("watch", "Take snapshots on a schedule, and soon after changes, until stopped");
    addCommonOptions(*command, context);
    auto asked = std::make_shared<WatchArguments>();
    command->add_option("NAME", asked->name, "The organisation; it needs client credentials")->required();
    command->add_option("--every", asked->every, "From one capture's start to the next: 90s, 15m, 2h, 1d")->capture_default_str();
    command->add_flag("--events", asked->events, "Capture what a change concerns soon after it, too");
    command->add_option("--settle", asked->settle, "With --events: quiet time after the last change of a burst")->capture_default_str();
    auto *domains = command->add_option("--domains", asked->domains, "Only these, comma-separated")->type_name("a,b");
    command->add_option("--profile", asked->profile, "essential (default), security, everything, or one of your own")
        ->type_name("NAME")
        ->excludes(domains);
    command->add_option("--catalogue", asked->catalogue, "Domains and profiles of yours, on top of STORE/catalogue/*.toml")
        ->type_name("FILE");
    command->add_flag("--prove-grants", asked->provesGrants, "Prove the grants by a second sweep, by division");
    command->add_option("--quota-share", context.quotaShare, "Percent of the request quota left to the organisation's other integrations")
        ->check(CLI::Range(0, 90))
        ->capture_default_str();
    command->callback([asked, &chosen] { chosen = [asked](Context &c) { return watch(c, *asked); }; });
}

} // namespace Orgtrace::Ctl
