#include "sandbox/faults.h"

#include <toml++/toml.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

const QStringList &behaviours()
{
    static const QStringList list{u"truncate"_s, u"not-json"_s, u"redirect"_s, u"hang"_s, u"reset"_s, u"body"_s};
    return list;
}

Result<Server::Fault> readFault(const toml::table &table, const QString &place)
{
    Server::Fault fault;
    for (const auto &[key, node] : table) {
        const std::string_view name = key.str();
        const auto bad = [&](const QString &wanted) {
            return Error::make(ErrorCode::BadInput,
                               u"\"%1\" must be %2."_s.arg(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), wanted),
                               place);
        };
        if (name == "path" || name == "behaviour" || name == "body" || name == "retry_after") {
            const auto *text = node.as_string();
            if (!text)
                return bad(u"a text"_s);
            if (name == "path")
                fault.path = QString::fromStdString(text->get());
            else if (name == "behaviour")
                fault.behaviour = QString::fromStdString(text->get());
            else if (name == "body")
                fault.body = QByteArray::fromStdString(text->get());
            else
                fault.retryAfter = QByteArray::fromStdString(text->get());
        } else if (name == "status" || name == "skip" || name == "count") {
            const auto *number = node.as_integer();
            if (!number || number->get() < -1 || number->get() > 1'000'000'000)
                return bad(u"a whole number"_s);
            const auto value = static_cast<int>(number->get());
            if (name == "status")
                fault.status = value;
            else if (name == "skip")
                fault.skip = value;
            else
                fault.count = value;
        } else {
            return Error::make(ErrorCode::BadInput,
                               u"\"%1\" is not known here."_s.arg(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()))),
                               place);
        }
    }
    if (auto checked = checkFault(fault); !checked)
        return Error::make(ErrorCode::BadInput, checked.error().detail, place);
    return fault;
}

} // namespace

std::optional<Server::Fault> Faults::take(const QByteArray &path, const QByteArray &query)
{
    const QString plain = QString::fromLatin1(path);
    const QString whole = query.isEmpty() ? plain : plain + u'?' + QString::fromLatin1(query);
    for (Server::Fault &fault : m_faults) {
        if (fault.count == 0 || !(fault.path.contains(u'?') ? whole : plain).startsWith(fault.path))
            continue;
        if (fault.skip > 0) {
            --fault.skip;
            continue;
        }
        if (fault.count > 0)
            --fault.count;
        return fault;
    }
    return std::nullopt;
}

Result<void> checkFault(const Server::Fault &fault)
{
    if (fault.path.isEmpty() || !fault.path.startsWith(u'/'))
        return Error::make(ErrorCode::BadInput, u"A fault needs a \"path\" that begins with /."_s);
    const bool hasStatus = fault.status != 0;
    if (hasStatus == !fault.behaviour.isEmpty())
        return Error::make(ErrorCode::BadInput, u"A fault has either a \"status\" or a \"behaviour\"."_s);
    if (hasStatus && (fault.status < 300 || fault.status > 599))
        return Error::make(ErrorCode::BadInput, u"A fault's \"status\" lies between 300 and 599."_s);
    if (!hasStatus && !behaviours().contains(fault.behaviour))
        return Error::make(ErrorCode::BadInput,
                           u"\"%1\" is no behaviour; there are %2."_s.arg(fault.behaviour, behaviours().join(u", "_s)));
    return {};
}

Result<QList<Server::Fault>> readFaults(const QByteArray &toml, const QString &fileName)
{
    if (toml.size() > 1024 * 1024)
        return Error::make(ErrorCode::BadInput, u"The faults file is larger than 1 MB."_s, fileName);
    QList<Server::Fault> faults;
    try {
        const toml::table root = toml::parse(std::string_view(toml.constData(), static_cast<size_t>(toml.size())));
        for (const auto &[key, node] : root) {
            const QString place = u"%1:%2"_s.arg(fileName).arg(node.source().begin.line);
            const toml::array *list = node.as_array();
            if (key.str() != "fault" || !list)
                return Error::make(ErrorCode::BadInput, u"A faults file holds [[fault]] tables only."_s, place);
            for (const toml::node &item : *list) {
                const QString where = u"%1:%2"_s.arg(fileName).arg(item.source().begin.line);
                const toml::table *table = item.as_table();
                if (!table)
                    return Error::make(ErrorCode::BadInput, u"A faults file holds [[fault]] tables only."_s, where);
                auto fault = readFault(*table, where);
                if (!fault)
                    return std::unexpected(fault.error());
                faults.append(*fault);
            }
        }
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::BadInput, QString::fromUtf8(error.description()),
                           u"%1:%2"_s.arg(fileName).arg(error.source().begin.line));
    }
    return faults;
}

} // namespace Orgtrace::Sandbox
