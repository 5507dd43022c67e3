/*
 * rom.S: the 64 KiB ROM at the top of the first 4 GiB, in place of a BIOS. From the reset vector it enters
 * 32-bit mode, brings the image to IMAGE_ADDRESS when this ROM carries it, and jumps to the image's entry.
 */
#include "cpu.h"
#include "format.h"

    .section .text
    .code16
rom_base:
start16:
    cli
    cs lgdtl (gdt_pointer - rom_base)   /* cs still has the base of the reset vector's segment */
    movl %cr0, %eax
    orl  $1, %eax                       /* protection on */
    movl %eax, %cr0
    ljmpl $SEGMENT_KERNEL_CODE, $start32

    .code32
start32:
    movw $SEGMENT_KERNEL_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl rom_source, %esi
    testl %esi, %esi
    jz touch_ram_image

    /* The image is in this ROM: copy it. */
    movl $IMAGE_ADDRESS, %edi
    movl IMAGE_OFFSET_SIZE(%esi), %ecx
    shrl $2, %ecx
    cld
    rep movsl
    jmp enter_image

    /*
     * The image is in RAM already (optramimage1). Bochs 2.7 and 3.0 give guest memory its host memory in
     * blocks, in the order of first touch, but have read the image in one go: so its blocks must be touched
     * in ascending order before any other RAM is.
     */
touch_ram_image:
    movl $IMAGE_ADDRESS, %esi
    movl IMAGE_OFFSET_SIZE(%esi), %edi
    addl %esi, %edi
1:  movl (%esi), %eax
    addl $0x10000, %esi
    cmpl %edi, %esi
    jb   1b

enter_image:
    movl $IMAGE_ADDRESS, %ebx
    movl IMAGE_OFFSET_ENTRY(%ebx), %eax
    jmp  *%eax

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff            /* 32-bit code, base 0, limit 4 GiB */
    .quad 0x00cf92000000ffff            /* data, the same */
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .org ROM_STUB_OFFSET_SOURCE
rom_source:
    .long 0                             /* address of the image in the ROM; filled by bxmk */

    .org 0xfff0                         /* the reset vector */
    .code16
    jmp start16
    .org ROM_STUB_SIZE
