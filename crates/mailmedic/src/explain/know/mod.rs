//! What mail software prints, as tables: one file is one software, one row is one way to say one thing.
//!
//! To add a message, add a row with the fixed words of its format; to add a software, write its file and put it
//! into the list.

mod acme;
mod android;
mod apple_mail;
mod bounces;
mod courier;
mod curl;
mod cyrus;
mod dotnet;
mod dovecot;
mod erlang;
mod exchange;
mod exim;
mod fetchmail;
mod find;
mod general;
mod gnutls;
mod go;
mod isync;
mod java;
mod msmtp;
mod mutt;
mod node;
mod not_tls;
mod opensmtpd;
mod openssl;
mod openssl_cli;
mod others;
mod outlook;
mod perl;
mod php;
mod postfix;
mod python;
mod qmail;
mod row;
mod ruby;
mod rust;
mod sendmail;
mod sieve;
mod thunderbird;
mod tls_rpt;
mod x509;

pub(super) use find::{Hit, rows, signs, tells_of_fault, words_of_faults};
pub(super) use row::{Book, End, Rank, Remedy, Row, Whose};
pub(super) use sieve::Sieve;

/// Every book; where the signs of several are met, the first tells who printed it.
static BOOKS: &[&Book] = &[
    &postfix::BOOK,
    &dovecot::BOOK,
    &exim::BOOK,
    &opensmtpd::BOOK,
    &sendmail::BOOK,
    &courier::BOOK,
    &cyrus::BOOK,
    &qmail::BOOK,
    &msmtp::BOOK,
    &fetchmail::BOOK,
    &isync::BOOK,
    &mutt::BOOK,
    &node::BOOK,
    &php::BOOK,
    &python::BOOK,
    &java::BOOK,
    &dotnet::BOOK,
    &ruby::BOOK,
    &perl::BOOK,
    &rust::BOOK,
    &go::BOOK,
    &erlang::BOOK,
    &openssl_cli::BOOK,
    &gnutls::BOOK,
    &curl::BOOK,
    &exchange::BOOK,
    &outlook::BOOK,
    &thunderbird::BOOK,
    &android::BOOK,
    &apple_mail::BOOK,
    &acme::BOOK,
    &tls_rpt::BOOK,
    &others::BOOK,
    &x509::BOOK,
    &openssl::BOOK,
    &bounces::BOOK,
    &not_tls::BOOK,
    &general::BOOK,
];

/// Tells whether a book holds the words of any software.
pub(super) fn is_general(book: &Book) -> bool {
    std::ptr::eq(book, &general::BOOK)
}

/// Returns all rows of all books.
#[cfg(test)]
pub(super) fn all_rows() -> impl Iterator<Item = &'static Row> {
    BOOKS.iter().flat_map(|book| book.rows)
}

/// Returns the book of a software.
pub(super) fn book(software: &str) -> Option<&'static Book> {
    BOOKS.iter().copied().find(|book| book.software == software)
}

/// Returns what cures a fault in the settings of a software.
pub(super) fn cure(software: &str, rule: &str) -> Option<&'static Remedy> {
    book(software)?.cures.iter().find(|cure| cure.rule == rule)
}
