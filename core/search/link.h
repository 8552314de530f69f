#pragma once

#include "base/error.h"

#include <QString>

namespace Orgtrace::Search {

/// A place in a store that can be pasted into a ticket: orgtrace://STORE/SNAPSHOT/DOMAIN/ENTITY?from=SNAPSHOT&side=a#/pointer (docs/formats/links.md).
///
/// STORE is the store's id, not a folder: the same link works on another machine. Everything behind the snapshot may be left out, from the end. A settings
/// object, whose id is empty, is written `_`.
struct Link {
    QString storeId; ///< compared without regard to letter case: what opens links may change it
    QString snapshot; ///< 40 hex digits: B of a range
    QString from; ///< A of it; empty: the snapshot before
    QString domain; ///< empty: the snapshot as a whole
    QString entity;
    bool hasEntity = false;
    QString pointer; ///< RFC 6901; empty: the whole entity
    enum class Side { Unsaid, A, B };
    Side side = Side::Unsaid; ///< in whose text the pointer stands; Unsaid: wherever the change itself has it, else B
    friend bool operator==(const Link &, const Link &) = default;

    [[nodiscard]] QString toText() const;
    /// Whether a text means to be a link, however broken.
    [[nodiscard]] static bool isLink(const QString &text);
    /// Errors: BadInput (detail says what is wrong), TooLarge.
    [[nodiscard]] static Result<Link> parse(const QString &text);
};

} // namespace Orgtrace::Search
