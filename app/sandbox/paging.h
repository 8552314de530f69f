#pragma once

#include "sandbox/http.h"
#include "sandbox/world.h"

#include <functional>
#include <optional>

namespace Orgtrace::Sandbox {

/// The styles of API section 3 that the sandbox serves.
enum class Paging { PageNumber, PageNumberNoTotal, PageNumberNoUris, After, Cursor, Unpaged };

struct PageRequest {
    Paging style = Paging::PageNumber;
    qsizetype total = 0;
    int maxSize = 100;
    int defaultSize = 25;
    QByteArray path; ///< for the URIs
    QUrlQuery query;
    quint64 state = 0; ///< what cursors are bound to: one issued in another state is stale
    QByteArray itemsKey = "entities";
    bool ordered = false; ///< rows keep their order, and cursors outlive a change of the state (audit results)
    QString id; ///< sent beside the rows where not empty, with the page size in place of the number of results
    std::optional<QStringList> envelope; ///< the members beside the rows; not set: all that the style knows
};

/// Which rows a page holds, and the members beside them.
struct PagePlan {
    qsizetype from = 0, count = 0;
    Body meta = Body::object();
};

struct PageMistake {
    QByteArray code;
    QString message;
};

/// Reads pageNumber, pageSize, after or cursor. A size above the ceiling is clamped, as the reply's pageSize says.
[[nodiscard]] std::variant<PagePlan, PageMistake> planPage(const PageRequest &request);

/// {"entities":[…], …}: rows in an order that depends on the dice, written by `row`.
[[nodiscard]] QByteArray writePage(const PageRequest &request, const PagePlan &plan, Dice &dice,
                                   const std::function<void(std::string &out, qsizetype index)> &row);

} // namespace Orgtrace::Sandbox
