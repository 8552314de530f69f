#include "orgtracectl/command.h"
#include "json/value.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct ShowArguments {
    std::string subject, at = "latest", division;
};

QString pathText(const Access::AccessPath &path)
{
    QString text
        = path.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(path.via) + u' ' + oneLine(path.containerName, 60);
    text += u" → "_s + oneLine(path.roleName, 60) + u" in "_s
        + (path.divisionId == u"*" ? u"all divisions"_s : oneLine(path.divisionName, 60)) + u" → "_s + path.policy;
    if (path.conditional) {
        text += u" (conditional)"_s;
    }
    if (path.synthetic) {
        text += u" (synthetic team grant)"_s;
    }
    return text;
}

Json::Node pathNode(const Access::AccessPath &path)
{
    Json::Node node;
    node["via"] = path.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(path.via);
    node["container"] = path.containerId;
    node["containerName"] = path.containerName;
    node["role"] = path.roleId;
    node["roleName"] = path.roleName;
    node["division"] = path.divisionId;
    node["divisionName"] = path.divisionName;
    node["divisionAware"] = path.divisionAware;
    node["policy"] = path.policy;
    node["conditional"] = path.conditional;
    node["synthetic"] = path.synthetic;
    return node;
}

QCoro::Task<int> show(Context &context, ShowArguments arguments)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Evidence::SnapshotSummary> summary = (*workspace)->resolve(q(arguments.at));
    if (!summary) {
        co_return out.fail(summary.error());
    }
    const Result<Evidence::Snapshot> snapshot = (*workspace)->store().snapshot(summary->id);
    if (!snapshot) {
        co_return out.fail(snapshot.error());
    }
    const Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot);
    if (!model) {
        co_return out.fail(model.error());
    }
    const Result<Access::Subject> subject = model->findSubject(q(arguments.subject));
    if (!subject) {
        co_return out.fail(subject.error());
    }
    Access::EffectiveAccess access = model->effective(*subject);
    const QString division = q(arguments.division);
    if (!division.isEmpty()) {
        QString divisionId;
        QStringList known;
        const Result<void> read = snapshot->forEachEntity(u"divisions"_s, [&](const QString &id, std::string_view text) {
            const Result<Json::Document> document = Json::parse(text);
            const QString name = document ? document->root()["name"].toQString() : QString();
            known.append(name);
            if (id == division || name.compare(division, Qt::CaseInsensitive) == 0) {
                divisionId = id;
            }
            return true;
        });
        if (!read) {
            co_return out.fail(read.error());
        }
        if (divisionId.isEmpty()) {
            co_return out.fail({ErrorCode::NotFound,
                                u"the snapshot has no division '%1'; it has %2"_s.arg(
                                    division, known.isEmpty() ? u"none"_s : oneLine(known.join(u", "_s), 400)),
                                division});
        }
        for (Access::EffectivePermission &permission : access.permissions) {
            permission.paths.removeIf([&](const Access::AccessPath &path) {
                return path.divisionAware && path.divisionId != u"*" && !path.divisionId.isEmpty() && path.divisionId != divisionId;
            });
        }
        access.permissions.removeIf([](const Access::EffectivePermission &permission) { return permission.paths.isEmpty(); });
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = summary->id;
        node["subject"]["id"] = subject->id;
        node["subject"]["name"] = subject->name;
        node["subject"]["kind"] = Access::subjectKindName(subject->kind);
        node["roles"] = Json::Node(access.roles);
        node["permissions"] = Json::Node::array();
        for (const Access::EffectivePermission &permission : std::as_const(access.permissions)) {
            Json::Node row;
            row["permission"] = permission.permission();
            row["paths"] = Json::Node::array();
            for (const Access::AccessPath &path : std::as_const(permission.paths)) {
                row["paths"].append(pathNode(path));
            }
            node["permissions"].append(std::move(row));
        }
        node["caveats"] = Json::Node(access.caveats);
        out.document(node);
    } else {
        out.line(u"%1 (%2 %3) at %4"_s.arg(oneLine(subject->name, 80), Access::subjectKindName(subject->kind), subject->id,
                                           isoUtc(summary->observedUtc)));
        out.line(u"roles: "_s + (access.roles.isEmpty() ? u"none"_s : oneLine(access.roles.join(u", "_s), 400)));
        for (const Access::Subject &container : std::as_const(access.containers)) {
            out.line(u"member of %1 %2"_s.arg(Access::subjectKindName(container.kind), oneLine(container.name, 80)));
        }
        for (const QString &caveat : std::as_const(access.caveats)) {
            out.line(u"! "_s + oneLine(caveat, 400));
        }
        for (const Access::EffectivePermission &permission : std::as_const(access.permissions)) {
            out.line(permission.permission());
            for (const Access::AccessPath &path : std::as_const(permission.paths)) {
                out.line(u"    "_s + pathText(path));
            }
        }
        out.line(u"%1 permissions"_s.arg(thousands(access.permissions.size())));
    }
    co_return access.caveats.isEmpty() ? 0 : 4;
}

} // namespace

void addAccessCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *access = app.add_subcommand("access", "Effective permissions");
    access->require_subcommand(1);
    auto *showCommand = access->add_subcommand("show", "What a subject may do, and through what");
    addCommonOptions(*showCommand, context);
    auto arguments = std::make_shared<ShowArguments>();
    showCommand->add_option("SUBJECT", arguments->subject, "Id, exact name or e-mail of a user, group, team or OAuth client")->required();
    showCommand->add_option("--at", arguments->at, "[ORG:]REV")->capture_default_str();
    showCommand->add_option("--division", arguments->division, "Only what holds in this division (id or name)");
    showCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return show(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl
