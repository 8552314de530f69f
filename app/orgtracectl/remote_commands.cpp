#include "evidence/remote.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

Json::Node pushesNode(const QList<Evidence::Push> &pushes)
{
    Json::Node out = Json::Node::array();
    for (const Evidence::Push &push : pushes) {
        Json::Node node;
        node["remote"] = push.remote;
        node["branches"] = Json::Node::array();
        for (const Evidence::PushedBranch &branch : push.branches) {
            Json::Node row;
            row["branch"] = branch.branch;
            row["state"] = Evidence::pushStateName(branch.state);
            row["why"] = branch.why;
            node["branches"].append(std::move(row));
        }
        node["error"] = Json::Node();
        if (push.error) {
            node["error"]["code"] = errorCodeName(push.error->code);
            node["error"]["message"] = push.error->detail;
            node["error"]["where"] = push.error->where;
        }
        out.append(std::move(node));
    }
    return out;
}

void warnOfPushes(const Output &out, const QList<Evidence::Push> &pushes)
{
    for (const Evidence::Push &push : pushes) {
        for (const Evidence::PushedBranch &branch : push.branches) {
            if (branch.state == Evidence::PushedBranch::State::Restored) {
                out.warning(oneLine(u"on the remote '%1', %2: %3; it is whole again"_s.arg(push.remote, branch.branch, branch.why), 600));
            }
        }
        if (push.error) {
            out.warning(
                oneLine(push.error->detail + u"; what was captured is kept here, and goes with the next push ('remote push')"_s, 800));
        }
    }
}

namespace {

int add(Context &context, const std::string &name, const std::string &url)
{
    const Output out = context.out();
    const Result<QString> folder = context.folder();
    if (!folder) {
        return out.fail(folder.error());
    }
    const Result<void> added = Evidence::addRemote(*folder, {q(name), q(url)});
    if (!added) {
        return out.fail(added.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["name"] = q(name);
        out.document(node);
    } else {
        out.line(u"Each capture, import and audit pull is pushed there from now on. Next: orgtracectl remote push %1"_s.arg(q(name)));
    }
    return 0;
}

int list(Context &context)
{
    const Output out = context.out();
    const Result<QString> folder = context.folder();
    if (!folder) {
        return out.fail(folder.error());
    }
    const Result<QList<Evidence::RemoteSettings>> remotes = Evidence::remotes(*folder);
    if (!remotes) {
        return out.fail(remotes.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["remotes"] = Json::Node::array();
        for (const Evidence::RemoteSettings &remote : *remotes) {
            Json::Node row;
            row["name"] = remote.name;
            row["url"] = remote.url;
            node["remotes"].append(std::move(row));
        }
        out.document(node);
        return 0;
    }
    if (remotes->isEmpty()) {
        out.line(u"Nothing is pushed anywhere. Add a git repository: orgtracectl remote add NAME URL"_s);
    }
    for (const Evidence::RemoteSettings &remote : *remotes) {
        out.line(u"%1  %2"_s.arg(remote.name.leftJustified(16), remote.url));
    }
    return 0;
}

QCoro::Task<int> push(Context &context, std::string name)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    auto pushing = (*workspace)->push(context.cancel.token(), q(name));
    const Result<QList<Evidence::Push>> pushes = co_await pushing;
    if (!pushes) {
        co_return out.fail(pushes.error());
    }
    if (pushes->isEmpty()) {
        co_return out.fail({ErrorCode::NotFound, u"the store has no remote; add one with 'remote add NAME URL'"_s, {}});
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["pushes"] = pushesNode(*pushes);
        out.document(node);
    }
    // The first failure in the contract's order decides: permission, integrity, everything else.
    std::optional<Error> worst;
    bool wasRestored = false;
    for (const Evidence::Push &one : *pushes) {
        wasRestored
            = wasRestored || std::ranges::contains(one.branches, Evidence::PushedBranch::State::Restored, &Evidence::PushedBranch::state);
        if (!out.isJson()) {
            out.line(one.remote);
            for (const Evidence::PushedBranch &branch : one.branches) {
                out.line(u"  %1 %2%3"_s.arg(Evidence::pushStateName(branch.state).leftJustified(12), oneLine(branch.branch),
                                            branch.why.isEmpty() ? QString() : QString(u"  "_s + oneLine(branch.why))));
            }
            if (!one.error && one.branches.isEmpty()) {
                out.line(u"  nothing to push yet"_s);
            }
        }
        const auto rank = [](const Error &error) {
            const int status = exitStatus(error.code);
            return status == 2 ? 0 : status == 3 ? 1 : status == 5 ? 2 : 3;
        };
        if (one.error && (!worst || rank(*one.error) < rank(*worst))) {
            worst = one.error;
        }
    }
    // Whole again, but somebody had cut it back there: a finding.
    co_return worst ? out.failElsewhere(*worst) : wasRestored ? 1 : 0;
}

} // namespace

void addRemoteCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *remote = app.add_subcommand("remote", "Git repositories elsewhere that every capture is pushed to");
    remote->require_subcommand(1);
    auto *addCommand = remote->add_subcommand("add", "Push there from now on");
    addCommonOptions(*addCommand, context);
    auto name = std::make_shared<std::string>();
    auto url = std::make_shared<std::string>();
    addCommand->add_option("NAME", *name, "A short name of yours")->required();
    addCommand->add_option("URL", *url, "file:///path, https://host/path or ssh://user@host/path; never with a password")->required();
    addCommand->callback([name, url, &chosen] { chosen = [=](Context &c) -> QCoro::Task<int> { co_return add(c, *name, *url); }; });

    auto *listCommand = remote->add_subcommand("list", "Where captures are pushed to");
    addCommonOptions(*listCommand, context);
    listCommand->callback([&chosen] { chosen = [](Context &c) -> QCoro::Task<int> { co_return list(c); }; });

    auto *pushCommand = remote->add_subcommand("push", "Push now; branches are only ever moved forward");
    addCommonOptions(*pushCommand, context);
    auto which = std::make_shared<std::string>();
    pushCommand->add_option("NAME", *which, "Only this remote");
    pushCommand->callback([which, &chosen] { chosen = [which](Context &c) { return push(c, *which); }; });
}

} // namespace Orgtrace::Ctl
