#include "orgtracectl/diff_command.h"

#include "base/digest.h"
#include "compare/comparefiles.h"
#include "compare/formats.h"
#include "compare/jsonpatch.h"
#include "json/canonical.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

Json::Node leftOutNode(const Compare::ValueDifference &difference)
{
    Json::Node node = Json::Node::object();
    for (const auto &[what, count] : Compare::suppressedCounts(difference)) {
        node[what.toStdString()] = count;
    }
    return node;
}

} // namespace

QCoro::Task<int> diffFiles(Context &context, DiffArguments arguments)
{
    const Output out = context.out();
    if (arguments.format == "unified" || arguments.format == "json-patch") {
        constexpr qint64 limit = 256LL * 1024 * 1024;
        for (const std::string &path : {arguments.a, arguments.b}) {
            if (QFileInfo(q(path)).size() > limit) {
                co_return out.fail(
                    {ErrorCode::TooLarge, u"%1 is above 256 MB; as text or json it can be compared"_s.arg(q(path)), q(path)});
            }
        }
    }
    Compare::Options options;
    options.exact = arguments.exact;
    options.showTypes = arguments.types;
    options.keepSuppressed = arguments.suppressed;
    const Result<Compare::FileComparison> compared = Compare::compareFiles(q(arguments.a), q(arguments.b), options);
    if (!compared) {
        co_return out.fail(compared.error());
    }
    const Compare::ValueDifference &difference = compared->difference;
    const Json::Value a = compared->a.root(), b = compared->b.root();
    if (arguments.format == "unified") {
        const QByteArray text = Compare::unifiedDiff(Json::canonicalText(a), Json::canonicalText(b), q(arguments.a), q(arguments.b));
        Output::isTerminal(1) ? out.text(QString::fromUtf8(text).trimmed()) : out.raw(text);
    } else if (arguments.format == "json-patch") {
        const Result<Json::Node> patch = Compare::jsonPatch(difference.fields, Json::canonicalText(a), Json::canonicalText(b));
        if (!patch) {
            co_return out.fail(patch.error());
        }
        out.document(*patch);
    } else if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["from"] = q(arguments.a);
        node["to"] = q(arguments.b);
        node["fields"] = Json::Node::array();
        for (const Compare::FieldChange &field : difference.fields) {
            node["fields"].append(fieldNode(field));
        }
        node["notComparable"] = Json::Node(difference.foreignSecrets); // fingerprints under different keys: neither the same nor changed
        node["suppressed"] = leftOutNode(difference);
        if (arguments.suppressed) {
            node["suppressedFields"] = Json::Node::array();
            for (const Compare::SuppressedField &left : difference.suppressed) {
                Json::Node row = fieldNode(left.field);
                row["reason"] = Compare::reasonName(left.reason);
                node["suppressedFields"].append(std::move(row));
            }
        }
        out.document(node);
    } else {
        for (const Compare::FieldChange &field : difference.fields) {
            printField(out, field);
        }
        for (const Compare::SuppressedField &left : difference.suppressed) {
            out.line(u"left out  "_s + Compare::reasonName(left.reason));
            printField(out, left.field);
        }
        for (const QString &path : difference.foreignSecrets) {
            out.line(u"not comparable  "_s + oneLine(path, 300) + u": secrets are fingerprinted under different keys"_s);
        }
        out.line(u"%1 differences%2"_s.arg(thousands(difference.fields.size()), suppressedWords(Compare::suppressedCounts(difference))));
    }
    co_return !difference.foreignSecrets.isEmpty() ? 4 : difference.fields.isEmpty() ? 0 : 1;
}

} // namespace Orgtrace::Ctl
