#include "genesys/browsersignin.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct AddArguments {
    std::string name, region, clientId, baseUrl, loginUrl, grant = "client";
    quint16 redirectPort = 0;
    bool secretFromStdin = false;
};

Result<Credentials::Secret> secretFromStandardInput()
{
    QByteArray line(8192, '\0');
    if (!std::fgets(line.data(), static_cast<int>(line.size()), stdin)) {
        return Error::make(ErrorCode::BadInput, u"standard input gave no secret"_s);
    }
    line.truncate(static_cast<qsizetype>(qstrlen(line.constData())));
    while (line.endsWith('\n') || line.endsWith('\r')) {
        line.chop(1);
    }
    if (line.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"standard input gave an empty secret"_s);
    }
    return Credentials::Secret::take(line);
}

QCoro::Task<int> add(Context &context, AddArguments arguments)
{
    const Output out = context.out();
    Evidence::OrganisationSettings organisation;
    organisation.name = q(arguments.name);
    organisation.region = q(arguments.region);
    organisation.clientId = q(arguments.clientId);
    organisation.apiUrl = q(arguments.baseUrl);
    organisation.loginUrl = arguments.loginUrl.empty() ? organisation.apiUrl : q(arguments.loginUrl);
    organisation.grant = q(arguments.grant);
    organisation.redirectPort = arguments.redirectPort == 0 ? QString() : QString::number(arguments.redirectPort);
    const Result<quint16> port = Operations::redirectPort(organisation);
    const QString redirect = port ? Genesys::redirectUri(*port) : QString();
    const bool isPerson = organisation.grant == u"pkce";
    Credentials::Secret secret;
    if (arguments.secretFromStdin) {
        const Result<Credentials::Secret> read = secretFromStandardInput();
        if (!read) {
            co_return out.fail(read.error());
        }
        secret = *read;
    }
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<void> added = co_await (*workspace)->addOrganisation(organisation, secret);
    if (!added) {
        co_return out.fail(added.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["name"] = organisation.name;
        node["region"] = organisation.region;
        node["grant"] = organisation.grant;
        if (isPerson) {
            node["redirectUri"] = redirect;
        }
        out.document(node);
    } else {
        if (isPerson) {
            out.line(u"The OAuth client must allow the grant Code Authorization with PKCE, with the redirect URI %1"_s.arg(redirect));
            out.line(u"(letter by letter), and the scopes of what you want to see, best their :readonly forms."_s);
        }
        out.line(u"Added %1. Next: orgtracectl org check %1"_s.arg(organisation.name));
    }
    co_return 0;
}

QCoro::Task<int> check(Context &context, std::string name, std::string profile)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Operations::Workspace::Check> result
        = co_await (*workspace)->checkOrganisation(q(name), q(profile), context.cancel.token());
    if (!result) {
        co_return out.fail(result.error());
    }
    if (out.isJson()) {
        out.document(identityNode(*result));
    } else {
        printIdentity(out, *result);
    }
    const auto isRefused = [](const Operations::Workspace::DomainCheck &row) { return !row.allowed; };
    if (std::ranges::any_of(result->domains, isRefused)) {
        co_return 3;
    }
    co_return result->seesEverything() ? 0 : 4;
}

} // namespace

void addOrgCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *org = app.add_subcommand("org", "Organisations the store knows");
    org->require_subcommand(1);

    auto *addCommand = org->add_subcommand("add", "Add or replace an organisation");
    addCommonOptions(*addCommand, context);
    auto arguments = std::make_shared<AddArguments>();
    addCommand->add_option("NAME", arguments->name, "A short name of yours")->required();
    addCommand->add_option("--region", arguments->region, "Region or its domain, e.g. eu-central-1 or mypurecloud.de")->required();
    addCommand->add_option("--client-id", arguments->clientId, "OAuth client whose grant is the one given with --grant")->required();
    addCommand->add_option("--base-url", arguments->baseUrl, "API base instead of the region's (gateway, sandbox)");
    addCommand->add_option("--login-url", arguments->loginUrl, "Login base instead of the region's (default: --base-url where given)");
    addCommand->add_option("--grant", arguments->grant, "client: credentials of the client; pkce: a person signs in with a browser")
        ->check(CLI::IsMember({"client", "pkce"}))
        ->capture_default_str();
    addCommand->add_option("--redirect-port", arguments->redirectPort, "pkce: port of the registered redirect URI http://localhost:PORT/")
        ->check(CLI::Range(1, 65535));
    addCommand->add_flag("--secret-stdin", arguments->secretFromStdin,
                         "Read the client secret from standard input and keep it with the store's keys");
    addCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return add(c, *arguments); }; });

    auto *checkCommand = org->add_subcommand("check", "Sign in and say what this client may see, and whether it can write");
    addCommonOptions(*checkCommand, context);
    addSignInOptions(*checkCommand, context);
    auto name = std::make_shared<std::string>();
    checkCommand->add_option("NAME", *name, "The organisation")->required();
    auto profile = std::make_shared<std::string>();
    checkCommand
        ->add_option("--profile", *profile, "Whose domains are checked: essential (default), security, everything, or one of your own")
        ->type_name("NAME");
    checkCommand->callback([name, profile, &chosen] { chosen = [name, profile](Context &c) { return check(c, *name, *profile); }; });
}

} // namespace Orgtrace::Ctl
