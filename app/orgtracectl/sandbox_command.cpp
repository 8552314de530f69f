#include "orgtracectl/command.h"
#include "sandbox/sandbox.h"

#include <CLI/CLI.hpp>

#include <QCoroSignal>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct SandboxArguments {
    quint16 port = 0;
    int users = 400;
    int quota = 0;
    std::string scenario, faults;
    bool noTeamGrants = false;
};

/// Turns the token into something a coroutine can wait for.
class StopSignal final : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void stopped();
};

QCoro::Task<int> sandbox(Context &context, SandboxArguments arguments)
{
    const Output out = context.out();
    Sandbox::Settings settings;
    settings.port = arguments.port;
    settings.users = arguments.users;
    settings.quotaPerMinute = arguments.quota;
    settings.teamGrants = !arguments.noTeamGrants;
    settings.scenarioFile = q(arguments.scenario);
    settings.faultsFile = q(arguments.faults);
    Sandbox::Server server(settings);
    const Result<void> listening = server.listen();
    if (!listening) {
        co_return out.fail(listening.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["url"] = server.baseUrl().toString();
        node["clientId"] = settings.clientId;
        node["clientSecret"] = settings.clientSecret; // invented, the same in every sandbox
        node["organisationId"] = server.organisationId();
        out.document(node);
    } else {
        out.line(u"%1 is served at %2 until you press Ctrl+C."_s.arg(server.organisationName(), server.baseUrl().toString()));
        out.line(u"  client id      %1"_s.arg(settings.clientId));
        out.line(u"  client secret  %1   (invented, the same in every sandbox)"_s.arg(settings.clientSecret));
        out.line(u"  its clock      %1, moved by: curl -X POST '%2/sandbox/advance?to=2026-10-31T00:00:00Z'"_s.arg(
            isoUtc(server.nowUtc()), server.baseUrl().toString()));
    }
    std::fflush(stdout);
    StopSignal stop;
    context.cancel.token().onCancelled(&stop, [&stop] { Q_EMIT stop.stopped(); });
    co_await qCoro(&stop, &StopSignal::stopped);
    co_return 0;
}

} // namespace

void addSandboxCommand(CLI::App &app, Context &context, Command &chosen)
{
    auto *command = app.add_subcommand("sandbox", "Serve the simulated organisation on loopback");
    addCommonOptions(*command, context);
    auto arguments = std::make_shared<SandboxArguments>();
    command->add_option("--port", arguments->port, "Port; 0: any free one")->capture_default_str();
    command->add_option("--users", arguments->users, "How many users; the built-in month needs 80")
        ->check(CLI::Range(12, 100000))
        ->capture_default_str();
    command->add_option("--scenario", arguments->scenario, "Another month than the built-in one (TOML)")->type_name("FILE");
    command->add_option("--faults", arguments->faults, "Scripted failures (TOML, docs/formats/faults.md)")->type_name("FILE");
    command->add_option("--quota", arguments->quota, "Requests a minute before 429; 0 never refuses")
        ->check(CLI::Range(0, 60000))
        ->capture_default_str();
    command->add_flag("--no-team-grants", arguments->noTeamGrants, "Leave out the synthetic team grants");
    command->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return sandbox(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl

#include "sandbox_command.moc"
