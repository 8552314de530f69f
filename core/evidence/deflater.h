#pragma once

#include <QtGlobal>

#include <memory>
#include <string>
#include <string_view>

namespace Orgtrace::Evidence {

/// The Huffman codes that the objects of one pack are packed with: made from the first megabyte of them, since what an organisation's texts are made of
/// hardly changes from one to the next. igzip's own codes are for texts of all kinds and leave a fifth more. Private to the room.
class PackCodes
{
public:
    PackCodes();
    ~PackCodes();
    Q_DISABLE_COPY_MOVE(PackCodes)

    [[nodiscard]] bool hasLearnt() const; ///< enough: more would change nothing
    /// @pre no Deflater is at work with these codes
    void learn(std::string_view content);
    void settle(); ///< makes codes of what was learnt, where that is much more than last time

private:
    friend class Deflater;
    struct Private;
    std::unique_ptr<Private> d;
};

/// Appends zlib streams, one for each object: by ISA-L's igzip at its fastest, a tenth of the time that zlib takes (docs/adr/0005-capture-speed.md). Private to the room.
///
/// Thread: one at a time; several share codes that nobody changes.
class Deflater
{
public:
    Deflater();
    ~Deflater();
    Q_DISABLE_COPY_MOVE(Deflater)

    void append(std::string &out, std::string_view content, const PackCodes &codes);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Evidence
