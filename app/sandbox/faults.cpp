#include "sandbox/faults.h"

#include <toml++/toml.hpp>

#include <array>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

enum class Meets { Every, PastWindow, Cursor, LaterPage, Listing };

/// One behaviour: which requests it can meet at all, and which of the extra keys it takes.
struct Behaviour {
    QLatin1StringView name;
    Meets meets = Meets::Every;
    bool isBend = false; ///< the answer goes out as usual, with its page bent
    qint64 rows = 0; ///< where the fault does not say; 0: it takes no rows
    bool takesSeconds = false, takesMs = false, wantsBody = false;
};

constexpr std::array behaviours{
    Behaviour{.name = QLatin1StringView("truncate")},
    Behaviour{.name = QLatin1StringView("wrong-length")},
    Behaviour{.name = QLatin1StringView("not-json")},
    Behaviour{.name = QLatin1StringView("redirect"), .wantsBody = true},
    Behaviour{.name = QLatin1StringView("hang")},
    Behaviour{.name = QLatin1StringView("reset")},
    Behaviour{.name = QLatin1StringView("body")},
    Behaviour{.name = QLatin1StringView("drip"), .takesMs = true},
    Behaviour{.name = QLatin1StringView("gzip")},
    Behaviour{.name = QLatin1StringView("clock-skew"), .takesSeconds = true},
    Behaviour{.name = QLatin1StringView("expired-channel")},
    Behaviour{.name = QLatin1StringView("stale-cursor"), .meets = Meets::Cursor},
    Behaviour{.name = QLatin1StringView("window"), .meets = Meets::PastWindow, .rows = 10'000},
    Behaviour{.name = QLatin1StringView("duplicate-page"), .meets = Meets::LaterPage, .isBend = true},
    Behaviour{.name = QLatin1StringView("shift-page"), .meets = Meets::LaterPage, .isBend = true, .rows = 1},
    Behaviour{.name = QLatin1StringView("add-rows"), .meets = Meets::Listing, .isBend = true, .rows = 1},
    Behaviour{.name = QLatin1StringView("remove-rows"), .meets = Meets::Listing, .isBend = true, .rows = 1},
    Behaviour{.name = QLatin1StringView("clamp"), .meets = Meets::Listing, .isBend = true, .rows = 10},
    Behaviour{.name = QLatin1StringView("lie-total"), .meets = Meets::Listing, .isBend = true, .rows = 1},
};

const Behaviour *behaviourOf(const QString &name)
{
    const auto found = std::ranges::find(behaviours, name, &Behaviour::name);
    return found == behaviours.end() ? nullptr : &*found;
}

qint64 rowsOf(const Server::Fault &fault, const Behaviour &behaviour)
{
    return fault.rows != 0 ? fault.rows : behaviour.rows;
}

bool canMeet(const Server::Fault &fault, const Behaviour *behaviour, const Request &request)
{
    switch (behaviour ? behaviour->meets : Meets::Every) {
    case Meets::Every: return true;
    case Meets::Cursor: return hasCursor(request.query);
    case Meets::LaterPage: return hasCursor(request.query) || pageNumberOf(request.query) > 1;
    case Meets::Listing: return request.method == "GET";
    case Meets::PastWindow: {
        const qint64 size = std::clamp<qint64>(request.query.queryItemValue(u"pageSize"_s).toLongLong(), 1, 1'000'000);
        return pageNumberOf(request.query) > 1
            && std::min<qint64>(pageNumberOf(request.query), 1'000'000) * size > rowsOf(fault, *behaviour);
    }
    }
    return false;
}

/// Whether request number `number`, from 1, is one that the fault is for.
bool isTurn(const Server::Fault &fault, qint64 number)
{
    if (!fault.requests.isEmpty())
        return std::ranges::any_of(fault.requests, [number](int one) { return one == number; });
    return number > fault.skip && (fault.count < 0 || number <= qint64(fault.skip) + fault.count);
}

void bend(PageBend &page, const Server::Fault &fault, const Behaviour &behaviour)
{
    const qint64 rows = rowsOf(fault, behaviour);
    if (behaviour.name == "duplicate-page"_L1)
        page.again = true;
    else if (behaviour.name == "shift-page"_L1)
        page.shift += rows;
    else if (behaviour.name == "clamp"_L1)
        page.largestPage = rows;
    else if (behaviour.name == "lie-total"_L1)
        page.totalLie += rows;
    else
        page.missing += rows;
}

/// Reads one [[fault]] table; each mistake names its own line.
class FaultReader
{
public:
    FaultReader(const toml::table &table, const QString &fileName) : m_table(table), m_file(fileName) { }
    Result<Server::Fault> read();

private:
    [[nodiscard]] std::unexpected<Error> mistake(const toml::source_region &at, const QString &detail) const
    {
        return Error::make(ErrorCode::BadInput, detail, u"%1:%2"_s.arg(m_file).arg(at.begin.line));
    }
    [[nodiscard]] Result<void> readText(std::string_view key, const toml::node &node);
    [[nodiscard]] Result<void> readNumber(std::string_view key, const toml::node &node);
    [[nodiscard]] Result<void> readRequests(const toml::node &node);

    const toml::table &m_table;
    const QString m_file;
    Server::Fault m_fault;
};

constexpr std::array textKeys{"path", "behaviour", "body", "retry_after"};
constexpr std::array numberKeys{"status", "skip", "count", "rows", "seconds", "ms"};

Result<void> FaultReader::readText(std::string_view key, const toml::node &node)
{
    const auto *text = node.as_string();
    const QString name = QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()));
    if (!text)
        return mistake(node.source(), u"\"%1\" is a text; write %1 = \"…\"."_s.arg(name));
    if (key == "path")
        m_fault.path = QString::fromStdString(text->get());
    else if (key == "behaviour")
        m_fault.behaviour = QString::fromStdString(text->get());
    else if (key == "body")
        m_fault.body = QByteArray::fromStdString(text->get());
    else
        m_fault.retryAfter = QByteArray::fromStdString(text->get());
    return {};
}

Result<void> FaultReader::readNumber(std::string_view key, const toml::node &node)
{
    const auto *number = node.as_integer();
    const QString name = QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size()));
    const bool mayBeNegative = key == "count" || key == "rows" || key == "seconds";
    constexpr qint64 Most = 1'000'000'000;
    if (!number || number->get() > Most || number->get() < (mayBeNegative ? -Most : 0))
        return mistake(node.source(),
                       u"\"%1\" is a whole number%2; write %1 = 1."_s.arg(name, mayBeNegative ? QString() : u", 0 or more"_s));
    const auto value = static_cast<int>(number->get());
    if (key == "status")
        m_fault.status = value;
    else if (key == "skip")
        m_fault.skip = value;
    else if (key == "count")
        m_fault.count = std::max(value, -1);
    else if (key == "rows")
        m_fault.rows = value;
    else if (key == "seconds")
        m_fault.seconds = value;
    else
        m_fault.ms = value;
    return {};
}

Result<void> FaultReader::readRequests(const toml::node &node)
{
    const auto *list = node.as_array();
    if (!list || list->empty() || list->size() > 10'000)
        return mistake(node.source(), u"\"requests\" is a list of request numbers; write requests = [2, 5]."_s);
    for (const toml::node &item : *list) {
        const auto *number = item.as_integer();
        if (!number || number->get() < 1 || number->get() > 1'000'000'000)
            return mistake(item.source(), u"\"requests\" holds whole numbers from 1 on, the first request being 1."_s);
        m_fault.requests.append(static_cast<int>(number->get()));
    }
    if (m_table.contains("skip") || m_table.contains("count"))
        return mistake(node.source(), u"\"requests\" names each request; leave out \"skip\" and \"count\"."_s);
    return {};
}

Result<Server::Fault> FaultReader::read()
{
    for (const auto &[key, node] : m_table) {
        const std::string_view name = key.str();
        Result<void> one;
        if (std::ranges::find(textKeys, name) != textKeys.end())
            one = readText(name, node);
        else if (std::ranges::find(numberKeys, name) != numberKeys.end())
            one = readNumber(name, node);
        else if (name == "requests")
            one = readRequests(node);
        else
            one = mistake(key.source(),
                          u"\"%1\" is not known here; keys are: path, status, behaviour, requests, skip, count, body, retry_after, rows, "
                          "seconds, ms."_s.arg(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()))));
        if (!one)
            return std::unexpected(one.error());
    }
    if (const auto checked = checkFault(m_fault); !checked) {
        const toml::node *about = m_table.get(m_table.contains("behaviour") ? "behaviour" : m_table.contains("status") ? "status" : "path");
        return mistake(about ? about->source() : m_table.source(), checked.error().detail);
    }
    return m_fault;
}

} // namespace

Mishap Faults::take(const Request &request)
{
    const QString plain = QString::fromLatin1(request.path);
    const QString query = request.query.toString(QUrl::FullyEncoded);
    const QString whole = query.isEmpty() ? plain : QString(plain + u'?' + query);
    Mishap out;
    for (auto &[fault, seen] : m_faults) {
        const Behaviour *behaviour = behaviourOf(fault.behaviour);
        if (!(fault.path.contains(u'?') ? whole : plain).startsWith(fault.path) || !canMeet(fault, behaviour, request))
            continue;
        ++seen;
        // Rows that are added were missing up to the turn; they are there from it on.
        const bool isMet = fault.behaviour == u"add-rows"_s ? seen <= fault.skip : isTurn(fault, seen);
        if (!isMet)
            continue;
        if (behaviour && behaviour->isBend)
            bend(out.bend, fault, *behaviour);
        else if (!out.failure)
            out.failure = fault;
    }
    if (out.failure)
        out.failure->rows = behaviourOf(out.failure->behaviour) ? rowsOf(*out.failure, *behaviourOf(out.failure->behaviour)) : 0;
    return out;
}

Result<void> checkFault(const Server::Fault &fault)
{
    const auto bad = [](const QString &detail) { return Error::make(ErrorCode::BadInput, detail); };
    if (fault.path.isEmpty() || !fault.path.startsWith(u'/'))
        return bad(u"A fault needs a \"path\" that begins with /, such as /api/v2/users."_s);
    const bool hasStatus = fault.status != 0;
    if (hasStatus == !fault.behaviour.isEmpty())
        return bad(u"A fault has either a \"status\" or a \"behaviour\"; give one of them."_s);
    if (hasStatus && (fault.status < 300 || fault.status > 599))
        return bad(u"A fault's \"status\" lies between 300 and 599."_s);
    const Behaviour *behaviour = behaviourOf(fault.behaviour);
    if (!hasStatus && !behaviour) {
        QStringList names;
        for (const Behaviour &one : behaviours)
            names.append(one.name);
        return bad(u"\"%1\" is no behaviour; there are %2."_s.arg(fault.behaviour, names.join(u", "_s)));
    }
    const QString what = hasStatus ? u"a status"_s : u'"' + fault.behaviour + u'"';
    if (fault.rows != 0 && (!behaviour || behaviour->rows == 0))
        return bad(u"\"rows\" means nothing to %1; leave it out."_s.arg(what));
    if (fault.rows < 0 && fault.behaviour != u"lie-total"_s)
        return bad(u"\"rows\" of %1 is above 0; only \"lie-total\" may take some away."_s.arg(what));
    if ((fault.seconds != 0) != (behaviour && behaviour->takesSeconds))
        return bad(fault.seconds != 0 ? u"\"seconds\" means nothing to %1; leave it out."_s.arg(what)
                                      : u"%1 needs \"seconds\", how far the server's clock is ahead; below 0: behind."_s.arg(what));
    if (fault.ms != 0 && !(behaviour && behaviour->takesMs))
        return bad(u"\"ms\" means nothing to %1; leave it out."_s.arg(what));
    if (behaviour && behaviour->wantsBody && fault.body.isEmpty())
        return bad(u"%1 needs a \"body\", the address it leads to."_s.arg(what));
    if (fault.behaviour == u"add-rows"_s && (!fault.requests.isEmpty() || fault.skip < 1))
        return bad(u"%1 needs \"skip\", after how many requests the rows are there."_s.arg(what));
    return {};
}

Result<QList<Server::Fault>> readFaults(const QByteArray &toml, const QString &fileName)
{
    if (toml.size() > 1024LL * 1024)
        return Error::make(ErrorCode::BadInput, u"The faults file is larger than 1 MB."_s, fileName);
    QList<Server::Fault> faults;
    try {
        const toml::table root = toml::parse(std::string_view(toml.constData(), static_cast<size_t>(toml.size())));
        for (const auto &[key, node] : root) {
            const QString place = u"%1:%2"_s.arg(fileName).arg(key.source().begin.line);
            const toml::array *list = node.as_array();
            if (key.str() != "fault" || !list)
                return Error::make(ErrorCode::BadInput, u"A faults file holds [[fault]] tables only; write [[fault]], with two brackets."_s,
                                   place);
            for (const toml::node &item : *list) {
                const toml::table *table = item.as_table();
                if (!table)
                    return Error::make(ErrorCode::BadInput, u"A faults file holds [[fault]] tables only."_s,
                                       u"%1:%2"_s.arg(fileName).arg(item.source().begin.line));
                auto fault = FaultReader(*table, fileName).read();
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
