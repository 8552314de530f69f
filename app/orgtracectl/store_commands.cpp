#include "operations/keys.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct InitArguments {
    std::string keyFile;
    bool noPassphrase = false;
};

QCoro::Task<int> init(Context &context, InitArguments arguments)
{
    const Output out = context.out();
    const Result<QString> folder = context.folder();
    if (!folder) {
        co_return out.fail(folder.error());
    }
    Operations::Workspace::InitOptions options;
    options.keyFile = q(arguments.keyFile);
    if (options.keyFile.isEmpty() && (arguments.noPassphrase || !context.passphraseFile.empty())) {
        co_return out.fail({ErrorCode::BadInput, u"--passphrase-file and --no-passphrase belong to --key-file"_s, {}});
    }
    if (!options.keyFile.isEmpty() && !arguments.noPassphrase) {
        const Result<Credentials::Secret> phrase = context.passphrase(true);
        if (!phrase) {
            co_return out.fail(phrase.error());
        }
        if (phrase->isEmpty()) {
            co_return out.fail({ErrorCode::BadInput, u"an empty passphrase: give one, or say --no-passphrase"_s, {}});
        }
        options.passphrase = *phrase;
    }
    Result<std::unique_ptr<Credentials::CredentialStore>> places
        = Operations::credentialPlaces(options.keyFile, options.passphrase, !options.keyFile.isEmpty());
    if (!places) {
        co_return out.fail(places.error());
    }
    const Result<void> made = co_await Operations::Workspace::init(*folder, options, **places);
    if (!made) {
        if (!options.keyFile.isEmpty()) {
            QFile::remove(options.keyFile); // made a moment ago, and of no use without the store
        }
        co_return out.fail(made.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["store"] = QFileInfo(*folder).absoluteFilePath();
        node["keys"] = options.keyFile.isEmpty() ? u"keychain"_s : u"key-file"_s;
        out.document(node);
    } else {
        out.line(u"Made a store in %1. Its keys are in %2."_s.arg(QFileInfo(*folder).absoluteFilePath(),
                                                                  options.keyFile.isEmpty() ? u"the OS keychain"_s : options.keyFile));
        out.line(u"Next: orgtracectl org add NAME --region REGION --client-id ID --secret-stdin --store %1"_s.arg(*folder));
    }
    co_return 0;
}

QCoro::Task<int> verify(Context &context)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<Evidence::Store::Verification> verification = store->verify(context.cancel.token(), [&out](qint64 done, qint64 total) {
        out.progress(u"Verifying %1 of %2"_s.arg(thousands(done), thousands(total)));
    });
    out.endProgress();
    if (!verification) {
        co_return out.fail(verification.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["commits"] = verification->commits;
        node["signatures"] = verification->signatures;
        node["roots"] = verification->roots;
        node["objects"] = verification->objects;
        node["bundles"] = verification->bundles;
        node["bundlesPruned"] = verification->bundlesPruned;
        node["bundlesElsewhere"] = verification->bundlesElsewhere;
        node["proven"] = verification->problems.isEmpty();
        node["problems"] = Json::Node::array();
        for (const Evidence::Store::Problem &problem : verification->problems) {
            Json::Node row;
            row["commit"] = problem.commit;
            row["domain"] = problem.domain;
            row["entity"] = problem.entity;
            row["what"] = problem.what;
            node["problems"].append(std::move(row));
        }
        out.document(node);
    } else {
        for (const Evidence::Store::Problem &problem : verification->problems) {
            QStringList where{problem.commit.left(12), problem.domain, problem.entity};
            where.removeAll(QString());
            out.line(u"✗ %1  %2"_s.arg(oneLine(where.join(u'/')), oneLine(problem.what)));
        }
        if (verification->bundles + verification->bundlesPruned + verification->bundlesElsewhere > 0) {
            out.line(u"%1 bundles of raw payloads checked, %2 pruned, %3 of other writers not here"_s.arg(
                thousands(verification->bundles), thousands(verification->bundlesPruned), thousands(verification->bundlesElsewhere)));
        }
        out.line(u"%1 commits, %2 signatures, %3 manifest roots, %4 objects checked: %5"_s.arg(
            thousands(verification->commits), thousands(verification->signatures), thousands(verification->roots),
            thousands(verification->objects),
            verification->problems.isEmpty() ? u"everything proves"_s : u"%1 problems"_s.arg(verification->problems.size())));
    }
    co_return verification->problems.isEmpty() ? 0 : 5;
}

} // namespace

void addStoreCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *initCommand = app.add_subcommand("init", "Make a new store");
    addCommonOptions(*initCommand, context);
    auto arguments = std::make_shared<InitArguments>();
    initCommand->add_option("--key-file", arguments->keyFile, "Keep the store's keys in this file instead of the OS keychain")
        ->type_name("F");
    initCommand->add_flag("--no-passphrase", arguments->noPassphrase, "The key file has no passphrase; whoever reads it can sign");
    initCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return init(c, *arguments); }; });

    auto *verifyCommand = app.add_subcommand(
        "verify", "Prove the whole store offline: hashes, chain, signatures, manifest roots, raw payloads, activity log");
    addCommonOptions(*verifyCommand, context);
    verifyCommand->callback([&chosen] { chosen = [](Context &c) { return verify(c); }; });
}

} // namespace Orgtrace::Ctl
