// orgtrace-sandbox: the simulated organisation as a program of its own.
#include "sandbox/sandbox.h"

#include <QCoreApplication>
#include <QTextStream>

#include <CLI/CLI.hpp>

#include <csignal>

using namespace Qt::StringLiterals;

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    Orgtrace::Sandbox::Settings settings;
    std::string scenario;
    std::string faults;
    std::string clientId = settings.clientId.toStdString();
    bool noTeamGrants = false;
    bool autoApprove = false;
    std::vector<std::string> redirectUris;

    CLI::App cli("A simulated organisation on loopback, in the dialect of the real API.");
    cli.set_version_flag("--version", ORGTRACE_VERSION);
    cli.add_option("--port", settings.port, "Port on 127.0.0.1; 0 takes any free one");
    cli.add_option("--users", settings.users, "Number of users")->capture_default_str();
    cli.add_option("--seed", settings.seed, "Seed of everything that is made up")->capture_default_str();
    cli.add_option("--scenario", scenario, "What happens, a TOML file (docs/formats/scenario.md); the built-in month without it");
    cli.add_option("--faults", faults, "Scripted failures, a TOML file (docs/formats/faults.md)");
    cli.add_flag("--no-team-grants", noTeamGrants, "Leave out the synthetic grants of teams, which the real platform does not have");
    cli.add_option("--quota", settings.quotaPerMinute, "Requests a minute before 429; 0 never refuses")->capture_default_str();
    cli.add_option("--client-id", clientId, "Id of the capturing OAuth client")->capture_default_str();
    cli.add_flag("--auto-approve", autoApprove, "The consent page of a person's sign-in agrees by itself");
    cli.add_option("--redirect-uri", redirectUris,
                   "Registered redirect URI of the person's client, instead of http://localhost:28657/; repeatable");
    cli.add_option("--person-token-seconds", settings.person.tokenSeconds, "Life of a person's token")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    cli.add_flag("--refresh-tokens", settings.person.givesRefreshTokens, "Give persons refresh tokens too");
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return cli.exit(error) == 0 ? 0 : 2;
    }
    settings.scenarioFile = QString::fromStdString(scenario);
    settings.faultsFile = QString::fromStdString(faults);
    settings.teamGrants = !noTeamGrants;
    if (autoApprove)
        settings.person.consent = Orgtrace::Sandbox::Consent::Approve;
    if (!redirectUris.empty()) {
        settings.person.redirectUris.clear();
        for (const std::string &uri : redirectUris)
            settings.person.redirectUris.append(QString::fromStdString(uri));
    }
    settings.clientId = QString::fromStdString(clientId);

    const QString secret = settings.clientSecret;
    const QString client = settings.clientId;
    const QString personClient = settings.person.clientId;
    Orgtrace::Sandbox::Server server(std::move(settings));
    QTextStream err(stderr);
    if (const auto listening = server.listen(); !listening) {
        err << (listening.error().where.isEmpty() ? QString() : listening.error().where + u": "_s) << listening.error().detail << Qt::endl;
        return Orgtrace::exitStatus(listening.error().code);
    }
    const QString base = server.baseUrl().toString();
    QTextStream out(stdout);
    out << "Organisation  " << server.organisationName() << "  " << server.organisationId() << "\n"
        << "Base URL      " << base << "\n"
        << "Client id     " << client << "\n"
        << "Client secret " << secret << "   (made up, for loopback only)\n"
        << "Clock         " << server.nowUtc().toString(Qt::ISODate) << ", stands still until moved\n\n"
        << "Capture it:   orgtracectl --store DIR org add northwind --region custom --client-id " << client << " \\\n"
        << "                --base-url " << base << " --login-url " << base << " --secret-stdin <<< " << secret << "\n"
        << "              orgtracectl --store DIR capture northwind\n"
        << "As a person:  orgtracectl --store DIR org add northwind --region custom --client-id " << personClient << " \\\n"
        << "                --base-url " << base << " --grant pkce\n"
        << "Move on:      curl -X POST '" << base << "/sandbox/advance?to=next'    (also to=2026-10-17T06:00:00Z, by=36h)\n"
        << "Look:         curl " << base << "/sandbox/state    curl " << base << "/sandbox/script\n"
        << "Stop:         Ctrl-C" << Qt::endl;
    std::signal(SIGINT, [](int) { std::_Exit(0); });
    std::signal(SIGTERM, [](int) { std::_Exit(0); });
    return application.exec();
}
