#pragma once

#include "catalogue/patterns.h"
#include "redaction/redactor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct yyjson_val;

/// What depends on the names of an object's members only, decided once for each sequence of names. Private to the room.
namespace Orgtrace::Catalogue {

/// One member name at one place: what happens to it, decided once.
struct ShapeMember {
    const char *rendered = nullptr; ///< `"name": `, padded by a block; a secret in the name replaced
    uint32_t renderedSize = 0;
    Patterns::State state = 0;
    bool textSecret = false; ///< a text here is secret
    bool belowSecret = false; ///< all texts at and below are
    bool isType = false; ///< "type": below a secret name it only says what kind of value follows
    uint8_t redactions = 0;
};

/// A name as it is verified; the first block beside its size.
struct ShapeName {
    size_t size;
    const char *text; ///< padded by a block
};

/// The member names of an object in the order received. Objects of one place have few different ones, so all that depends on names
/// only (order, rules, duplicates, escaped form) is worked out once and then only verified.
struct Shape {
    static constexpr size_t padding = 16; ///< bytes behind every text, so that names are compared and copied in blocks

    std::vector<ShapeName> names;
    std::vector<ShapeMember> members;
    std::vector<uint32_t> written; ///< members written, in canonical order
    std::vector<uint32_t> signals_;
    std::vector<uint32_t> dropped;
    std::string texts; ///< what names and rendered forms point into
    int id = -1; ///< the member "id"
    bool duplicate = false;
    bool isKept = true; ///< among those of its place; else it goes when its last object is done
    int users = 0; ///< objects being written by it

    [[nodiscard]] std::string_view name(size_t index) const { return {names[index].text, names[index].size}; }
};

/// Holds a shape while an object is written by it.
class ShapeUse
{
public:
    explicit ShapeUse(Shape &shape) : m_shape(shape) { ++shape.users; }
    ~ShapeUse()
    {
        if (--m_shape.users == 0 && !m_shape.isKept)
            delete &m_shape;
    }
    Q_DISABLE_COPY_MOVE(ShapeUse)

private:
    Shape &m_shape;
};

/// The shapes met at one place of a domain. Pages repeat a few; where an organisation is full of different ones, the oldest goes.
class ShapeCache
{
public:
    ShapeCache() = default;
    ~ShapeCache();
    Q_DISABLE_COPY_MOVE(ShapeCache)

    /// The object's shape; its values are pushed onto `values` in the order received. Hold it by a ShapeUse.
    /// @param patterns nullptr: only for the check of names
    Shape &of(const yyjson_val *object, std::vector<const yyjson_val *> &values, Patterns *patterns, Patterns::State state,
              const Redaction::Redactor &redactor);

private:
    std::vector<Shape *> m_shapes; ///< the oldest in front
    size_t m_last = 0; ///< used last
    size_t m_members = 0; ///< of all of them together
};

} // namespace Orgtrace::Catalogue
